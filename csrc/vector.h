// A vector register as a C++ type, and the few things that are done with whole registers.
//
// GCC and Clang know vectors as values: `vector_size(64)` makes a type of 16 floats on which +, *
// and [] work, and each such operation becomes one instruction where the machine has it. So no
// intrinsics stand here, and the same lines serve AVX-512 (64 bytes), AVX2 (32), SSE2 and NEON
// (16): the file that includes this one says how many bytes with MINICNN_VECTOR_BYTES.
//
// Everything is in an anonymous namespace: each instruction set has its own copy, and no copy
// can be taken for another's when the program is linked.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace minicnn {
namespace {

template <class T>
constexpr int lanes = MINICNN_VECTOR_BYTES / sizeof(T);

template <class T, int count>
struct VectorOf {
    typedef T type __attribute__((vector_size(count * sizeof(T))));
};

// A whole register of T, or with a second argument so many lanes.
template <class T, int count = lanes<T>>
using Vector = typename VectorOf<T, count>::type;

// Numbers in a line of the cache.
template <class T>
constexpr int64_t cache_line = 64 / sizeof(T);

// How many vector registers there are, and how many sums fit into them beside what else a tile holds.
#if MINICNN_VECTOR_BYTES == 64 || defined(__aarch64__)
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif
constexpr int most_accumulators = registers - 4;

template <class T, int count = lanes<T>>
inline __attribute__((always_inline)) Vector<T, count> load(const T* from) {
    Vector<T, count> v;
    std::memcpy(&v, from, sizeof v);  // one unaligned load
    return v;
}

template <class T, class V>
inline __attribute__((always_inline)) void store(T* to, V v) {
    std::memcpy(to, &v, sizeof v);
}

// All lanes equal to x.
template <class T, int count = lanes<T>>
inline __attribute__((always_inline)) Vector<T, count> broadcast(T x) {
    return x - Vector<T, count>{};
}

// The first `count` lanes from memory, zeros in the others.
template <class T>
inline Vector<T> load_some(const T* from, int64_t count) {
    Vector<T> v{};
    std::memcpy(&v, from, static_cast<size_t>(count) * sizeof(T));
    return v;
}

template <class T>
inline void store_some(T* to, Vector<T> v, int64_t count) {
    std::memcpy(to, &v, static_cast<size_t>(count) * sizeof(T));
}

template <class T>
inline void fill(T* to, int64_t count, T value) {
    for (int64_t k = 0; k < count; ++k) to[k] = value;
}

// Copies short rows without a call: whole vectors, the last one laid over the end; for what is
// shorter than a vector the same with halves.
template <class T, int width = lanes<T>>
inline __attribute__((always_inline)) void copy(T* to, const T* from, int64_t count) {
    if (count >= width) {
        for (int64_t k = 0; k + width < count; k += width) store(to + k, load<T, width>(from + k));
        store(to + count - width, load<T, width>(from + count - width));
    } else if constexpr (width > 2) {
        copy<T, width / 2>(to, from, count);
    } else if (count == 1) {
        *to = *from;
    }
}

// A shuffle whose index is known to the compiler, of vectors with as many lanes as there are
// indices: index k takes lane k of a, count + k lane k of b.
template <class T, int... index>
inline __attribute__((always_inline)) Vector<T, sizeof...(index)> shuffle(
    Vector<T, sizeof...(index)> a, Vector<T, sizeof...(index)> b) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, index...);
#else
    using Index = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
    return __builtin_shuffle(a, b, Vector<Index, sizeof...(index)>{index...});
#endif
}

// Transposes a square of registers in place: afterwards lane j of v[i] is what lane i of v[j] was.
//
// In log2(lanes) rounds. A round with step h takes rows in pairs (i, i + h) and lanes in blocks of
// 2h: the upper half of each block of row i changes places with the lower half of row i + h. After
// the rounds h = lanes/2, ..., 2, 1 every element has crossed the diagonal. Each change is two
// shuffles; `k` below counts the lanes.
template <class T, int h, int... k>
inline __attribute__((always_inline)) void transpose_round(Vector<T>* v,
                                                           std::integer_sequence<int, k...>) {
    constexpr int L = lanes<T>;
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) {
        if ((i & h) != 0) continue;
        const Vector<T> a = v[i], b = v[i + h];
        v[i] = shuffle<T, ((k & h) != 0 ? L + k - h : k)...>(a, b);
        v[i + h] = shuffle<T, ((k & h) != 0 ? L + k : k + h)...>(a, b);
    }
}

template <class T, int h = lanes<T> / 2>
inline __attribute__((always_inline)) void transpose(Vector<T>* v) {
    if constexpr (h > 0) {
        transpose_round<T, h>(v, std::make_integer_sequence<int, lanes<T>>());
        transpose<T, h / 2>(v);
    }
}

}  // namespace
}  // namespace minicnn
