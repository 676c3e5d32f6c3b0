// New arrays for results. Large ones lie in blocks of the memory pool (memory.h): NumPy sees an
// array whose base, a capsule, gives the block back when the last array that looks at it is gone.
#pragma once

#include "arguments.h"
#include "memory.h"

#include <optional>

namespace minicnn {

// Below this NumPy's own small blocks are as quick, and no page is worth keeping.
constexpr int64_t least_pooled_bytes = 1 << 15;

// What the capsules are called that are the base of arrays in pooled blocks.
constexpr const char* block_name = "minicnn block";

// An array of this dtype and shape, its contents undefined. ValueError for a shape too large.
inline py::array new_array(const py::dtype& dtype, const Shape& shape) {
    check_elements(shape);
    int64_t bytes = dtype.itemsize();
    for (const int64_t length : shape) bytes *= length;
    const std::vector<py::ssize_t> lengths(shape.begin(), shape.end());
    if (bytes < least_pooled_bytes) return py::array(dtype, lengths);
    void* const block = take_block(static_cast<size_t>(bytes));
    const py::capsule owner(block, block_name, [](void* given) { give_block(given); });
    return py::array(dtype, lengths, block, owner);
}

inline py::array new_array(const py::array& like, const Shape& shape) {
    return new_array(like.dtype(), shape);
}

template <class T>
const T* in(const py::array& array) {
    return static_cast<const T*>(array.data());
}

// Null where there is no array.
template <class T>
const T* in(const std::optional<py::array>& array) {
    return array ? in<T>(*array) : nullptr;
}

template <class T>
T* out(py::array& array) {
    return static_cast<T*>(array.mutable_data());
}

// Calls body(T()) for the array's number type T.
template <class Body>
void with_type_of(const py::array& array, const Body& body) {
    if (is_a<float>(array)) {
        body(float());
    } else {
        body(double());
    }
}

}  // namespace minicnn
