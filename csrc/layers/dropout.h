// Dropout with random numbers that are a function of a key and a place.
//
// A generator that goes from each number to the next would have to be run from the start by every
// thread. Here number i is computed from the key and i alone: any thread can begin anywhere, and
// the backward pass, rather than keep a mask, draws the same numbers again from the same key.
//
// A chunk of 16384 numbers gets 64 bits of its own: SplitMix64 (Steele, Lea & Flood 2014, "Fast
// splittable pseudorandom number generators") of the key and the chunk's number. Their halves a
// and b start and disturb a mixing of 32 bits, the final one of MurmurHash3 (Appleby 2011) twice.
#pragma once

#include "../vector.h"
#include "chunks.h"

namespace minicnn {
namespace {
namespace points {

inline uint64_t splitmix64(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

inline uint32_t mix32(uint32_t h) {
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    return h ^ (h >> 16);
}

// The two loops are of one kind of number each, so that both fill whole registers.
template <class T>
void dropout_chunk(int64_t n, uint64_t key, uint32_t threshold, T scale, const T* __restrict x,
                   T* __restrict y) {
    const uint32_t a = static_cast<uint32_t>(key), b = static_cast<uint32_t>(key >> 32);
    constexpr int64_t some = 512;
    uint32_t drawn[some];
    for (int64_t start = 0; start < n; start += some) {
        const uint32_t first = static_cast<uint32_t>(start) + a;
        for (uint32_t i = 0; i < some; ++i) drawn[i] = mix32(mix32(first + i) ^ b);
        const int64_t count = std::min(some, n - start);
        for (int64_t i = 0; i < count; ++i) {
            y[start + i] = x[start + i] * (drawn[i] >= threshold ? scale : T(0));
        }
    }
}

template <class T>
void dropout(int64_t n, uint64_t key, uint32_t threshold, T scale, const T* x, T* y) {
    in_chunks(n, 4 * work_per_number, [=](int64_t begin, int64_t end) {
        const uint64_t chunk = static_cast<uint64_t>(begin / chunk_length);
        const uint64_t its_key = splitmix64(key + (chunk + 1) * 0x9e3779b97f4a7c15u);
        dropout_chunk(end - begin, its_key, threshold, scale, x + begin, y + begin);
    });
}

}  // namespace points
}  // namespace
}  // namespace minicnn
