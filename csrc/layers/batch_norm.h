// Batch norm: each channel's mean and variance, and what is computed with them.
//
// One thread a channel, so that the sums need no meeting. A channel is read twice, once for its
// statistics and once to be normalised; between the two it lies in the thread's own cache, if it
// fits. The pixels of one channel and image lie together; the next image's are C planes further
// on. Planes of a few pixels (7×7, say) would leave vectors half empty: such a channel is first
// gathered into one run, and its result scattered. (For planes of one see batch_norm_rows.h.)
//
// Variance in one pass, without cancellation:  with any centre K,
//
//     E[x] = K + E[x − K],    Var[x] = E[(x − K)²] − E[x − K]²
//
// The subtraction loses as many digits as (E[x] − K)² is larger than Var[x]. With K = the mean of
// n₁ of the n values that is never more than n/n₁ times, and hardly ever more than once.
#pragma once

#include "batch_norm_rows.h"
#include "vector_sums.h"
#include "windows.h"

namespace minicnn {
namespace {

// Where the values of a channel lie: `runs` runs of `length` numbers, `apart` numbers apart.
struct Runs {
    int64_t runs, length, apart;
};

// Calls visit(start, count) for stretches of at most a thousand numbers: as many as may be added
// in float before the sum should go on in double.
template <class Visit>
inline void for_stretches(const Runs& runs, const Visit& visit) {
    constexpr int64_t most = 1024;
    for (int64_t run = 0; run < runs.runs; ++run) {
        for (int64_t k = 0; k < runs.length; k += most) {
            visit(run * runs.apart + k, std::min(most, runs.length - k));
        }
    }
}

struct Moments {
    double mean, variance;
};

template <class T>
Moments moments(const Runs& runs, const T* x) {
    const int64_t first = std::min<int64_t>(runs.length, 1024);
    const double n = static_cast<double>(runs.runs * runs.length);
    T centre = static_cast<T>(sum_of_run(x, first) / static_cast<double>(first));
    if (!(centre - centre == 0)) centre = 0;  // NaN or infinite: let the sums say so
    TwoSums total;
    for_stretches(runs, [&](int64_t start, int64_t count) {
        const TwoSums part = centred_sums(x + start, count, centre);
        total.first += part.first;
        total.second += part.second;
    });
    const double shift = total.first / n;
    const double variance = total.second / n - shift * shift;
    return {static_cast<double>(centre) + shift, variance < 0 ? 0 : variance};
}

// y = (x − mean)·scale + shift
template <class T>
void normalise(const Runs& runs, const T* __restrict x, T mean, T scale, T shift,
               T* __restrict y) {
    for_stretches(runs, [&](int64_t start, int64_t count) {
        for (int64_t k = start; k < start + count; ++k) y[k] = (x[k] - mean) * scale + shift;
    });
}

// Σ g and Σ g·(x − mean) over a channel.
template <class T>
TwoSums gradient_sums(const Runs& runs, const T* g, const T* x, T mean) {
    TwoSums total;
    for_stretches(runs, [&](int64_t start, int64_t count) {
        const TwoSums part = weighted_sums(g + start, x + start, count, mean);
        total.first += part.first;
        total.second += part.second;
    });
    return total;
}

// Calls body(channel, its runs, arrays) for each channel, `arrays` being where in each of the
// `inputs` and in `output` the channel begins: in the arrays themselves, or gathered into scratch
// where planes are small. `output` may be null.
template <class T, int inputs, class Body>
void for_channels(const Channels& sizes, const T* const (&input)[inputs], T* output,
                  const Body& body) {
    const int64_t C = sizes.channels, pixels = sizes.pixels, n = sizes.values();
    const bool together = sizes.batch == 1 || pixels >= 256;
    // Channels of small planes go several to an item, for their neighbours share cache lines.
    const int64_t per_item =
        together ? 1 : std::max<int64_t>(1, 64 / std::max<int64_t>(pixels, 1));
    const int64_t items = (C + per_item - 1) / per_item;
    const double work = static_cast<double>(n) * static_cast<double>(per_item);
    parallel_for(items, work * work_per_number * inputs, [&](int64_t item) {
        const int64_t begin = item * per_item, end = std::min(C, begin + per_item);
        if (together) {
            const T* from[inputs];
            for (int k = 0; k < inputs; ++k) from[k] = input[k] + begin * pixels;
            body(begin, Runs{sizes.batch, pixels, C * pixels}, from,
                 output == nullptr ? nullptr : output + begin * pixels);
            return;
        }
        const Scratch<T> gathered((inputs + 1) * (end - begin) * n);
        T* const result = gathered + inputs * (end - begin) * n;
        for (int k = 0; k < inputs; ++k) {
            T* const to = gathered + k * (end - begin) * n;
            for (int64_t image = 0; image < sizes.batch; ++image) {
                const T* const from = input[k] + (image * C + begin) * pixels;
                for (int64_t c = 0; c < end - begin; ++c) {
                    for (int64_t p = 0; p < pixels; ++p) {
                        to[c * n + image * pixels + p] = from[c * pixels + p];
                    }
                }
            }
        }
        for (int64_t c = 0; c < end - begin; ++c) {
            const T* from[inputs];
            for (int k = 0; k < inputs; ++k) from[k] = gathered + (k * (end - begin) + c) * n;
            body(begin + c, Runs{1, n, 0}, from, result + c * n);
        }
        if (output == nullptr) return;
        for (int64_t image = 0; image < sizes.batch; ++image) {
            T* const to = output + (image * C + begin) * pixels;
            for (int64_t c = 0; c < end - begin; ++c) {
                for (int64_t p = 0; p < pixels; ++p) {
                    to[c * pixels + p] = result[c * n + image * pixels + p];
                }
            }
        }
    });
}

template <class T>
void batch_norm_train(const Channels& sizes, const T* x, const T* weight, const T* bias,
                      double eps, T* y, T* mean, T* var, T* inverse) {
    if (sizes.pixels == 1) {
        return batch_norm_train_rows(sizes, x, weight, bias, eps, y, mean, var, inverse);
    }
    for_channels<T, 1>(sizes, {x}, y,
                       [&](int64_t c, const Runs& runs, const T* const (&from)[1], T* to) {
                           const Moments found = moments(runs, from[0]);
                           mean[c] = static_cast<T>(found.mean);
                           var[c] = static_cast<T>(found.variance);
                           inverse[c] = static_cast<T>(1 / std::sqrt(found.variance + eps));
                           normalise(runs, from[0], mean[c], weight[c] * inverse[c], bias[c], to);
                       });
}

template <class T>
void batch_norm_sums(const Channels& sizes, const T* g, const T* x, const T* mean,
                     const T* inverse, T* sum_gx, T* sum_g) {
    if (sizes.pixels == 1) {
        return batch_norm_gradient_rows<T>(sizes, g, x, mean, inverse, nullptr, nullptr, sum_gx,
                                           sum_g);
    }
    for_channels<T, 2>(sizes, {g, x}, nullptr,
                       [&](int64_t c, const Runs& runs, const T* const (&from)[2], T*) {
                           const TwoSums sums = gradient_sums(runs, from[0], from[1], mean[c]);
                           sum_g[c] = static_cast<T>(sums.first);
                           sum_gx[c] = static_cast<T>(sums.second * inverse[c]);
                       });
}

template <class T>
void batch_norm_gradient(const Channels& sizes, const T* g, const T* x, const T* mean,
                         const T* inverse, const T* weight, T* gx, T* sum_gx, T* sum_g) {
    if (sizes.pixels == 1) {
        return batch_norm_gradient_rows(sizes, g, x, mean, inverse, weight, gx, sum_gx, sum_g);
    }
    const double n = static_cast<double>(sizes.values());
    for_channels<T, 2>(
        sizes, {g, x}, gx, [&](int64_t c, const Runs& runs, const T* const (&from)[2], T* to) {
            const TwoSums sums = gradient_sums(runs, from[0], from[1], mean[c]);
            sum_g[c] = static_cast<T>(sums.first);
            sum_gx[c] = static_cast<T>(sums.second * inverse[c]);
            // gx = scale·(g − average − (x − centre)·slope)
            const double inverse_squared = static_cast<double>(inverse[c]) * inverse[c];
            const T average = static_cast<T>(sums.first / n), centre = mean[c];
            const T slope = static_cast<T>(sums.second / n * inverse_squared);
            const T scale = weight[c] * inverse[c];
            const T* __restrict entries = from[0];
            const T* __restrict values = from[1];
            T* __restrict result = to;
            for_stretches(runs, [&](int64_t start, int64_t count) {
                for (int64_t k = start; k < start + count; ++k) {
                    result[k] = (entries[k] - average - (values[k] - centre) * slope) * scale;
                }
            });
        });
}

// Numbers given: nothing to gather, planes are taken as they lie. Where a plane is one number, the
// channels of an image are a row, and the three numbers are rows too.
template <class T>
void batch_norm(const Channels& sizes, const T* x, const T* mean, const T* scale, const T* shift,
                bool relu, T* y) {
    // What has just been written is still in the cache.
    const auto clip = [relu](T* __restrict to, int64_t count) {
        for (int64_t k = 0; relu && k < count; ++k) to[k] = to[k] <= T(0) ? T(0) : to[k];
    };
    const int64_t C = sizes.channels, pixels = sizes.pixels;
    if (pixels == 1) {
        for_planes<T>(sizes.batch, C, 0, [&](int64_t image, T*) {
            const T* __restrict from = x + image * C;
            T* __restrict to = y + image * C;
            for (int64_t c = 0; c < C; ++c) to[c] = from[c];
            if (mean != nullptr) {
                for (int64_t c = 0; c < C; ++c) to[c] -= mean[c];
            }
            for (int64_t c = 0; c < C; ++c) to[c] *= scale[c];
            if (shift != nullptr) {
                for (int64_t c = 0; c < C; ++c) to[c] += shift[c];
            }
            clip(to, C);
        });
        return;
    }
    for_planes<T>(sizes.batch * C, pixels, 0, [&](int64_t plane, T*) {
        const int64_t c = plane % C;
        T* const to = y + plane * pixels;
        normalise(Runs{1, pixels, 0}, x + plane * pixels, mean == nullptr ? T(0) : mean[c],
                  scale[c], shift == nullptr ? T(0) : shift[c], to);
        clip(to, pixels);
    });
}

}  // namespace
}  // namespace minicnn
