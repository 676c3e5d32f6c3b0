// Checking what Python handed over, before anything is computed.
//
// pybind11 would convert arguments by itself: a list becomes an array, float64 becomes float32,
// True becomes 1. Here nothing is converted. Every argument arrives as a plain Python object and
// is taken exactly as it is or refused: TypeError for the wrong kind of thing, ValueError for
// wrong values, with the values in the message.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace minicnn {

namespace py = pybind11;

using Shape = std::vector<int64_t>;

// Every number and every axis stays below this, so that products of two fit in an int64.
constexpr int64_t too_large = int64_t(1) << 31;

// A result may hold this many elements. (Far beyond any memory, far below overflow.)
constexpr int64_t most_elements = int64_t(1) << 40;

inline std::string text(const Shape& shape) {
    std::ostringstream out;
    out << '(';
    for (size_t k = 0; k < shape.size(); ++k) out << (k ? ", " : "") << shape[k];
    out << (shape.size() == 1 ? ",)" : ")");
    return out.str();
}

inline std::string type_name(py::handle object) { return Py_TYPE(object.ptr())->tp_name; }

template <class... Parts>
std::string message(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

template <class... Parts>
[[noreturn]] void type_error(const Parts&... parts) {
    throw py::type_error(message(parts...));
}

template <class... Parts>
[[noreturn]] void value_error(const Parts&... parts) {
    throw py::value_error(message(parts...));
}

// What a message calls one entry of a tuple. (Messages are put together only where one is raised:
// that takes longer than all the rest of a call.)
struct Entry {
    const char* tuple;
    size_t place;
};

inline std::ostream& operator<<(std::ostream& out, const Entry& entry) {
    return out << entry.tuple << '[' << entry.place << ']';
}

// An integer with least <= value < too_large. NumPy integers are welcome; bools and floats are not.
template <class Name>
int64_t integer(py::handle object, const Name& name, int64_t least) {
    if (PyBool_Check(object.ptr()) || !PyIndex_Check(object.ptr())) {
        type_error(name, " must be an int, got ", type_name(object));
    }
    const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
    if (!index) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw py::error_already_set();
        PyErr_Clear();
        type_error(name, " must be an int, got ", type_name(object));
    }
    int overflow = 0;
    const int64_t value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    if (overflow != 0) {
        value_error(name, " must be at least ", least, " and below 2**31, got an int beyond ",
                    overflow > 0 ? "2**63" : "-2**63");
    }
    if (value < least || value >= too_large) {
        value_error(name, " must be at least ", least, " and below 2**31, got ", value);
    }
    return value;
}

// A tuple of `axes` such integers; any number from 1 to 3 of them where axes is 0.
inline Shape integers(py::handle object, const char* name, int64_t least, size_t axes = 0) {
    if (!PyTuple_Check(object.ptr())) {
        type_error(name, " must be a tuple of ints, one for each spatial axis, got ",
                   type_name(object));
    }
    const size_t count = static_cast<size_t>(PyTuple_GET_SIZE(object.ptr()));
    if (axes == 0 ? count < 1 || count > 3 : count != axes) {
        value_error(name, " must have ", axes == 0 ? "1 to 3" : std::to_string(axes),
                    " ints, one for each spatial axis, got ", count);
    }
    Shape values(count);
    for (size_t k = 0; k < count; ++k) {
        const py::handle item = PyTuple_GET_ITEM(object.ptr(), static_cast<py::ssize_t>(k));
        values[k] = integer(item, Entry{name, k}, least);
    }
    return values;
}

// A Python int itself; True is one for Python, but not here.
inline bool is_int(py::handle object) {
    return PyLong_Check(object.ptr()) && !PyBool_Check(object.ptr());
}

// A flag is True or False, and not what Python takes for one.
inline bool flag(py::handle object, const char* name) {
    if (!PyBool_Check(object.ptr())) {
        type_error(name, " must be True or False, got ", type_name(object));
    }
    return object.ptr() == Py_True;
}

inline double number(py::handle object, const char* name) {
    if (PyBool_Check(object.ptr())) type_error(name, " must be a number, got a bool");
    const double value = PyFloat_AsDouble(object.ptr());
    if (value == -1.0 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        type_error(name, " must be a number, got ", type_name(object));
    }
    return value;
}

inline Shape shape_of(const py::array& array) {
    return Shape(array.shape(), array.shape() + array.ndim());
}

template <class T>
bool is_a(const py::array& array) {
    return array.dtype().num() == py::dtype::num_of<T>();
}

// A plain numpy.ndarray of float32 or float64 whose memory a C loop may walk as it lies. A subclass
// may mean something else by its memory (a masked array does), so subclasses are refused.
inline py::array array(const py::object& object, const char* name) {
    const auto& api = py::detail::npy_api::get();
    if (Py_TYPE(object.ptr()) != api.PyArray_Type_) {
        type_error(name, " must be a numpy.ndarray, got ", type_name(object));
    }
    const auto given = py::reinterpret_borrow<py::array>(object);
    const py::dtype dtype = given.dtype();
    const bool is_float = is_a<float>(given) || is_a<double>(given);
    if (!is_float || dtype.byteorder() != '=') {
        type_error(name, " must be float32 or float64 in native byte order, got ",
                   py::repr(dtype).cast<std::string>());
    }
    if (!(given.flags() & py::array::c_style)) {
        type_error(name, " must be C-contiguous, got shape ", text(shape_of(given)),
                   " with strides ", text(Shape(given.strides(), given.strides() + given.ndim())),
                   "; numpy.ascontiguousarray(", name, ") makes it so");
    }
    const auto address = reinterpret_cast<uintptr_t>(given.data());
    if (given.size() > 0 && address % static_cast<size_t>(given.itemsize()) != 0) {
        type_error(name, " must be aligned in memory to its ", given.itemsize(),
                   "-byte numbers; ", name, ".copy() makes it so");
    }
    for (py::ssize_t k = 0; k < given.ndim(); ++k) {
        if (given.shape(k) >= too_large) {
            value_error("every axis of ", name, " must be below 2**31, axis ", k, " is ",
                        given.shape(k));
        }
    }
    return given;
}

inline std::optional<py::array> optional_array(const py::object& object, const char* name) {
    if (object.is_none()) return std::nullopt;
    return array(object, name);
}

// A C-contiguous array of integers of type U, which stand for something: labels, a mask.
template <class U>
py::array integer_array(const py::object& object, const char* name, const char* dtype) {
    const auto& api = py::detail::npy_api::get();
    if (Py_TYPE(object.ptr()) != api.PyArray_Type_) {
        type_error(name, " must be a numpy.ndarray, got ", type_name(object));
    }
    const auto given = py::reinterpret_borrow<py::array>(object);
    const auto address = reinterpret_cast<uintptr_t>(given.data());
    if (!is_a<U>(given) || given.dtype().byteorder() == '>' || given.dtype().byteorder() == '<' ||
        !(given.flags() & py::array::c_style) || address % sizeof(U) != 0) {
        type_error(name, " must be a C-contiguous, aligned array of ", dtype, ", got ",
                   py::repr(given.dtype()).cast<std::string>());
    }
    return given;
}

inline void check_rank(const py::array& array, const char* name, size_t axes, const char* layout) {
    if (static_cast<size_t>(array.ndim()) != axes + 2) {
        value_error(name, " must have ", axes + 2, " axes, ", layout, " with ", axes,
                    " spatial, got shape ", text(shape_of(array)));
    }
}

inline void check_same_dtype(const py::array& a, const char* a_name, const py::array& b,
                             const char* b_name) {
    if (a.dtype().num() != b.dtype().num()) {
        type_error(a_name, " is ", py::str(a.dtype()).cast<std::string>(), " but ", b_name, " is ",
                   py::str(b.dtype()).cast<std::string>(), ": the dtypes must be the same");
    }
}

inline bool same_shape(const py::array& a, const py::array& b) {
    return a.ndim() == b.ndim() && std::equal(a.shape(), a.shape() + a.ndim(), b.shape());
}

inline void check_alike(const py::array& a, const char* a_name, const py::array& b,
                        const char* b_name) {
    check_same_dtype(a, a_name, b, b_name);
    if (!same_shape(a, b)) {
        value_error(a_name, " and ", b_name, " must have the same shape, got ", text(shape_of(a)),
                    " and ", text(shape_of(b)));
    }
}

// An array that is changed in place: it may be written to, and shares no memory with `other`,
// unless the two are one and the same.
inline void check_changed(const py::array& array, const char* name, const py::array& other,
                          const char* other_name, bool may_be_one) {
    if (!array.writeable()) value_error(name, " is changed in place, but it is read-only");
    const auto a = reinterpret_cast<uintptr_t>(array.data());
    const auto b = reinterpret_cast<uintptr_t>(other.data());
    const auto a_bytes = static_cast<uintptr_t>(array.nbytes());
    const auto b_bytes = static_cast<uintptr_t>(other.nbytes());
    if (a_bytes == 0 || b_bytes == 0 || (may_be_one && a == b)) return;
    if (a < b + b_bytes && b < a + a_bytes) {
        value_error(name, " is changed in place and shares memory with ", other_name);
    }
}

// A shape that can be allocated. Zeros count as ones, so that (2**30, 2**30, 0) is refused too:
// its strides would overflow.
inline void check_elements(const Shape& shape) {
    int64_t elements = 1;
    for (const int64_t length : shape) {
        if (length >= too_large || elements > most_elements / std::max<int64_t>(length, 1)) {
            value_error("the result's shape ", text(shape), " is too large: at most 2**40 elements "
                        "in all and less than 2**31 along an axis");
        }
        elements *= std::max<int64_t>(length, 1);
    }
}

}  // namespace minicnn
