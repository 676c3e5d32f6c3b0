// Turning planes of channels into pixels of channels, and back.
//
// Images lie in memory channel by channel, (C, H, W). Where the lanes of a vector are channels,
// the channels of a pixel must lie side by side, (H, W, C). In between is the transpose of a
// matrix, done in squares that fit into the registers.
#pragma once

#include "../vector.h"

namespace minicnn {
namespace {

// A square of `channels` rows of `count` numbers, `plane` apart; zeros beyond.
template <class T>
inline __attribute__((always_inline)) void load_square(const T* from, int64_t plane,
                                                       int64_t channels, int64_t count,
                                                       Vector<T>* square) {
    constexpr int L = lanes<T>;
    if (channels >= L && count >= L) {
#pragma GCC unroll 16
        for (int k = 0; k < L; ++k) square[k] = load(from + k * plane);
        return;
    }
    if (count >= L) {
#pragma GCC unroll 16
        for (int k = 0; k < L; ++k) {
            square[k] = k < channels ? load(from + k * plane) : Vector<T>{};
        }
        return;
    }
    T rows[L * L] = {};
    for (int k = 0; k < L && k < channels; ++k) {
        copy(rows + k * L, from + k * plane, count < L ? count : L);
    }
#pragma GCC unroll 16
    for (int k = 0; k < L; ++k) square[k] = load(rows + k * L);
}

// (channels, pixels), `plane` numbers from channel to channel, to (pixels, width): the first `width`
// channels, zeros where there are fewer. Whole vectors are written, each over the end of the last
// one: up to lanes − 1 numbers beyond the end.
template <class T>
void channels_last(const T* from, int64_t plane, int64_t channels, int64_t pixels, int64_t width,
                   T* to) {
    constexpr int L = lanes<T>;
    for (int64_t o = 0; o < width; o += L) {
        for (int64_t j = 0; j < pixels; j += L) {
            // The last square lies over the one before.
            const int64_t at = pixels >= L && j + L > pixels ? pixels - L : j;
            const int64_t count = pixels - at < L ? pixels - at : L;
            Vector<T> square[L];
            load_square(from + o * plane + at, plane, channels - o, count, square);
            transpose<T>(square);
#pragma GCC unroll 16
            for (int k = 0; k < L; ++k) {
                if (k < count) store(to + (at + k) * width + o, square[k]);
            }
        }
    }
}

// The way back, for one vector of channels: from (pixels, width), of which it takes the first lanes,
// to `channels` planes. Reads whole squares: up to lanes − 1 pixels beyond the end.
template <class T>
void channels_first(const T* from, int64_t width, int64_t pixels, int64_t channels, T* to,
                    int64_t plane) {
    constexpr int L = lanes<T>;
    for (int64_t j = 0; j < pixels; j += L) {
        const int64_t count = pixels - j < L ? pixels - j : L;
        Vector<T> square[L];
#pragma GCC unroll 16
        for (int k = 0; k < L; ++k) square[k] = load(from + (j + k) * width);
        transpose<T>(square);
        if (channels >= L && count == L) {
#pragma GCC unroll 16
            for (int k = 0; k < L; ++k) store(to + k * plane + j, square[k]);
        } else {
            T rows[L * L];
#pragma GCC unroll 16
            for (int k = 0; k < L; ++k) store(rows + k * L, square[k]);
            for (int k = 0; k < L && k < channels; ++k) {
                copy(to + k * plane + j, rows + k * L, count);
            }
        }
    }
}

}  // namespace
}  // namespace minicnn
