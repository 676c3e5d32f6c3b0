// Layers and updates that work number by number: ReLU, dropout, addition, losses, optimisers.
//
// All arrays are C-contiguous. Results are written whole, whatever was there. What is changed in
// place says so; other arrays do not overlap the results.
#pragma once

#include <cstdint>

namespace minicnn {

// One bit a number: which were positive. Number i of a block of 512 is bit i / 64 of byte i % 64,
// so that neighbours lie in neighbouring bytes and whole registers can be tested at once.
constexpr int64_t mask_block = 512, mask_block_bytes = 64;

constexpr int64_t mask_bytes(int64_t n) {
    return (n + mask_block - 1) / mask_block * mask_block_bytes;
}

struct SgdOptions {
    double lr, momentum, dampening, weight_decay;
    bool nesterov;
};

struct AdamOptions {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled;
    double correction1, correction2;  // 1 − β₁ᵗ and √(1 − β₂ᵗ)
};

template <class T>
struct Points {
    // y = max(x, 0), and NaN stays NaN. mask: where y > 0, or null if nobody asks.
    void (*relu)(int64_t n, const T* x, T* y, uint8_t* mask);
    // gx = g where the mask has a one, else 0.
    void (*relu_gradient)(int64_t n, const T* g, const uint8_t* mask, T* gx);

    void (*copy)(int64_t n, const T* x, T* y);
    // y = a + b; y may be a.
    void (*add)(int64_t n, const T* a, const T* b, T* y);
    // y (rows, columns) = a (rows, columns) + b (columns) in each row; y may be a.
    void (*add_row)(int64_t rows, int64_t columns, const T* a, const T* b, T* y);
    void (*scale)(int64_t n, T k, const T* x, T* y);  // y = k·x
    // y (kept) = x (before, kept, after) summed over both other axes.
    void (*sum)(int64_t before, int64_t kept, int64_t after, const T* x, T* y);

    // y = x·scale where the random number of this place, 32 bits, is threshold or more, else x·0.
    void (*dropout)(int64_t n, uint64_t key, uint32_t threshold, T scale, const T* x, T* y);

    // loss[n, i] = −ln softmax(x[n, :, i])[label[n, i]], 0 where the label is `ignored`.
    // x (N, C, P); labels and losses (N, P). rows (2, N, P) are kept for the gradient: the largest
    // x of each (n, i), and 1 / Σ e^(x − largest).
    void (*cross_entropy)(int64_t N, int64_t C, int64_t P, const T* x, const int64_t* labels,
                          int64_t ignored, T* losses, T* rows);
    // gx[n, c, i] = g[n, i]·(softmax(x[n, :, i])[c] − [c = label[n, i]]), 0 where it is ignored.
    // g (N, P), or one number for all if g_step is 0 rather than 1.
    void (*cross_entropy_gradient)(int64_t N, int64_t C, int64_t P, const T* x,
                                   const int64_t* labels, int64_t ignored, const T* rows,
                                   const T* g, int64_t g_step, T* gx);

    // One step of an optimiser: p, and velocity or the moments, are changed in place.
    void (*sgd)(int64_t n, T* p, const T* g, T* velocity, const SgdOptions&);  // velocity or null
    void (*adam)(int64_t n, T* p, const T* g, T* first, T* second, T* largest, const AdamOptions&);
};

}  // namespace minicnn
