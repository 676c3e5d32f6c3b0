// Optimisers: one walk over a parameter, its gradient and what is remembered of it.
//
// In array code each term of the rule is a walk of its own. Here every number is read and written
// once. What arrays there are is known to the compiler, so that no question is left in the loop but
// such as a whole register answers at once.
#pragma once

#include "../vector.h"
#include "chunks.h"
#include "points.h"

namespace minicnn {
namespace {
namespace points {

template <class T, bool with_velocity, bool nesterov, bool decay>
void sgd_loop(int64_t n, T* p_start, const T* g_start, T* velocity_start,
              const SgdOptions& options) {
    const T lr = static_cast<T>(options.lr), momentum = static_cast<T>(options.momentum);
    const T rest = static_cast<T>(1 - options.dampening);
    const T weight_decay = static_cast<T>(options.weight_decay);
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        T* const __restrict p = p_start;
        const T* const __restrict g = g_start;
        T* const __restrict velocity = velocity_start;
        for (int64_t i = begin; i < end; ++i) {
            T d = g[i];
            if constexpr (decay) d += weight_decay * p[i];
            if constexpr (with_velocity) {
                const T v = momentum * velocity[i] + rest * d;
                velocity[i] = v;
                d = nesterov ? d + momentum * v : v;
            }
            p[i] -= lr * d;
        }
    });
}

template <class T>
void sgd(int64_t n, T* p, const T* g, T* velocity, const SgdOptions& options) {
    const bool decay = options.weight_decay != 0;
    if (velocity == nullptr) {
        const auto loop =
            decay ? sgd_loop<T, false, false, true> : sgd_loop<T, false, false, false>;
        loop(n, p, g, velocity, options);
    } else if (options.nesterov) {
        const auto loop = decay ? sgd_loop<T, true, true, true> : sgd_loop<T, true, true, false>;
        loop(n, p, g, velocity, options);
    } else {
        const auto loop = decay ? sgd_loop<T, true, false, true> : sgd_loop<T, true, false, false>;
        loop(n, p, g, velocity, options);
    }
}

template <class T, bool with_largest>
void adam_loop(int64_t n, T* p_start, const T* g_start, T* first_start, T* second_start,
               T* largest_start, const AdamOptions& options) {
    const T beta1 = static_cast<T>(options.beta1), beta2 = static_cast<T>(options.beta2);
    const T rest1 = static_cast<T>(1 - options.beta1), rest2 = static_cast<T>(1 - options.beta2);
    const T eps = static_cast<T>(options.eps);
    const bool decay = options.weight_decay != 0;
    const T kept =
        decay && options.decoupled ? static_cast<T>(1 - options.lr * options.weight_decay) : T(1);
    const T weight_decay =
        decay && !options.decoupled ? static_cast<T>(options.weight_decay) : T(0);
    const T step = static_cast<T>(options.lr / options.correction1);
    const T root = static_cast<T>(1 / options.correction2);
    in_chunks(n, 2 * work_per_number, [=](int64_t begin, int64_t end) {
        T* const __restrict p = p_start;
        const T* const __restrict g = g_start;
        T* const __restrict first = first_start;
        T* const __restrict second = second_start;
        T* const __restrict largest = largest_start;
        for (int64_t i = begin; i < end; ++i) {
            const T w = p[i] * kept;
            const T d = weight_decay != 0 ? g[i] + weight_decay * w : g[i];
            const T m = beta1 * first[i] + rest1 * d;
            T v = beta2 * second[i] + rest2 * (d * d);
            first[i] = m;
            second[i] = v;
            if constexpr (with_largest) {
                const T before = largest[i];
                v = before > v || before != before ? before : v;
                largest[i] = v;
            }
            p[i] = w - step * m / (std::sqrt(v) * root + eps);
        }
    });
}

template <class T>
void adam(int64_t n, T* p, const T* g, T* first, T* second, T* largest,
          const AdamOptions& options) {
    const auto loop = largest == nullptr ? adam_loop<T, false> : adam_loop<T, true>;
    loop(n, p, g, first, second, largest, options);
}

}  // namespace points
}  // namespace
}  // namespace minicnn
