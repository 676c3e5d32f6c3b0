// ReLU and its gradient.
//
// Both only wait for memory: the fewer bytes, the faster. The gradient needs of the output no more
// than its sign, so the forward pass writes a bit for each number, a 32nd of what reading the
// output again would be.
#pragma once

#include "../vector.h"
#include "chunks.h"
#include "integers.h"
#include "points.h"

namespace minicnn {
namespace {
namespace points {

static_assert(chunk_length % mask_block == 0, "a byte of the mask belongs to one chunk");

// The bits of a block are gathered in registers, one lane a byte of the mask.
template <class T>
constexpr int64_t mask_registers = mask_block_bytes / lanes<T>;

// A whole block of 512 numbers.
template <class T, bool with_mask>
inline void relu_block(const T* x, T* y, uint8_t* mask) {
    const Vector<T> zero{};
    Integers<T> bits[mask_registers<T>] = {};
    for (int bit = 0; bit < 8; ++bit) {
#pragma GCC unroll 32
        for (int64_t q = 0; q < mask_registers<T>; ++q, x += lanes<T>, y += lanes<T>) {
            const Vector<T> v = load(x);
            store(y, v <= zero ? zero : v);  // NaN is not <= 0
            if constexpr (with_mask) bits[q] |= (v > zero) & (Integers<T>{} + (1 << bit));
        }
    }
    if constexpr (with_mask) {
        for (int64_t q = 0; q < mask_registers<T>; ++q) {
            const auto bytes = __builtin_convertvector(bits[q], Vector<uint8_t, lanes<T>>);
            std::memcpy(mask + q * lanes<T>, &bytes, sizeof bytes);
        }
    }
}

template <class T>
inline void relu_gradient_block(const T* g, const uint8_t* mask, T* gx) {
    const Vector<T> zero{};
    Integers<T> bits[mask_registers<T>];
    for (int64_t q = 0; q < mask_registers<T>; ++q) {
        Vector<uint8_t, lanes<T>> bytes;
        std::memcpy(&bytes, mask + q * lanes<T>, sizeof bytes);
        bits[q] = __builtin_convertvector(bytes, Integers<T>);
    }
    for (int bit = 0; bit < 8; ++bit) {
#pragma GCC unroll 32
        for (int64_t q = 0; q < mask_registers<T>; ++q, g += lanes<T>, gx += lanes<T>) {
            const Integers<T> positive = (bits[q] & (Integers<T>{} + (1 << bit))) != 0;
            store(gx, positive ? load(g) : zero);
        }
    }
}

template <class T>
void relu(int64_t n, const T* x, T* y, uint8_t* mask) {
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        for (; begin + mask_block <= end; begin += mask_block) {
            if (mask != nullptr) {
                relu_block<T, true>(x + begin, y + begin, mask + begin / 8);
            } else {
                relu_block<T, false>(x + begin, y + begin, nullptr);
            }
        }
        if (begin == end) return;
        uint8_t bytes[mask_block_bytes] = {};
        for (int64_t i = begin; i < end; ++i) {
            y[i] = x[i] <= 0 ? T(0) : x[i];
            const int64_t at = i - begin;
            if (x[i] > 0) bytes[at % mask_block_bytes] |= uint8_t(1 << at / mask_block_bytes);
        }
        if (mask != nullptr) std::memcpy(mask + begin / 8, bytes, sizeof bytes);
    });
}

template <class T>
void relu_gradient(int64_t n, const T* g, const uint8_t* mask, T* gx) {
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        for (; begin + mask_block <= end; begin += mask_block) {
            relu_gradient_block(g + begin, mask + begin / 8, gx + begin);
        }
        const uint8_t* const bytes = mask + begin / 8;
        for (int64_t i = begin; i < end; ++i) {
            const int64_t at = i - begin;
            const bool positive =
                (bytes[at % mask_block_bytes] >> (at / mask_block_bytes) & 1) != 0;
            gx[i] = positive ? g[i] : T(0);
        }
    });
}

}  // namespace points
}  // namespace
}  // namespace minicnn
