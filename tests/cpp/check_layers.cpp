// Every layer's kernel of every instruction set this machine has, on drawn shapes.
//
//     check_layers [draws] [seed]        .ci/check_cpp builds and runs it
//
// Expected is what the comments of csrc/layers/points.h and planes.h say, written as plain loops
// in double.
#include <algorithm>
#include <limits>

#include "../../csrc/kernels.h"
#include "../../csrc/parallel.h"
#include "check.h"

namespace {

using namespace minicnn;
using check::Array;
using check::Random;
using Numbers = std::vector<double>;

template <class T>
constexpr double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;

// Lengths round the sizes of vectors, blocks and chunks; a few beyond what one task takes.
int64_t length(Random& random) {
    switch (random.from(0, 5)) {
        case 0: return random.from(0, 3);
        case 1: return random.from(500, 530);
        case 2: return 16384 * random.from(1, 3) + random.from(-2, 2);
        default: return random.from(1, 200);
    }
}

template <class T>
Numbers numbers(const Array<T>& array) {
    return Numbers(array.get(), array.get() + array.size());
}

template <class T>
void check_points(const Points<T>& f, Random& random, const std::string& name) {
    const int64_t n = length(random);
    const Array<T> x(n, random, 0.25), other(n, random, 0.25), y(n);
    const auto expect = [&](const Array<T>& got, const char* what, auto value) {
        Numbers expected;
        for (int64_t k = 0; k < got.size(); ++k) expected.push_back(static_cast<double>(value(k)));
        check::require_close(got, expected, tolerance<T>,
                             name + " " + what + " of " + std::to_string(n));
    };
    const Array<uint8_t> mask(mask_bytes(n));
    f.relu(n, x.get(), y.get(), mask.get());
    expect(y, "relu", [&](int64_t k) { return std::max(x[k], T(0)); });
    f.relu_gradient(n, other.get(), mask.get(), y.get());
    expect(y, "relu_gradient", [&](int64_t k) { return x[k] > 0 ? other[k] : T(0); });
    f.relu(n, other.get(), y.get(), nullptr);
    expect(y, "relu without a mask", [&](int64_t k) { return std::max(other[k], T(0)); });
    f.copy(n, x.get(), y.get());
    expect(y, "copy", [&](int64_t k) { return x[k]; });
    f.scale(n, T(1.5), x.get(), y.get());
    expect(y, "scale", [&](int64_t k) { return x[k] * T(1.5); });
    f.add(n, x.get(), other.get(), y.get());
    expect(y, "add", [&](int64_t k) { return x[k] + other[k]; });
    f.copy(n, x.get(), y.get());
    f.add(n, y.get(), other.get(), y.get());
    expect(y, "add in place", [&](int64_t k) { return x[k] + other[k]; });

    const int64_t rows = random.from(1, 40), columns = random.from(1, 60);
    const Array<T> a(rows * columns, random, 0.25), b(columns, random, 0.25), c(rows * columns);
    f.add_row(rows, columns, a.get(), b.get(), c.get());
    expect(c, "add_row", [&](int64_t k) { return a[k] + b[k % columns]; });

    const int64_t before = random.from(0, 20), kept = random.from(1, 40),
                  after = random.one_in(3) ? 1 : random.from(0, random.one_in(4) ? 17000 : 70);
    const Array<T> summed(before * kept * after, random, 0.25), sums(kept);
    f.sum(before, kept, after, summed.get(), sums.get());
    expect(sums, "sum", [&](int64_t k) {
        double total = 0;
        for (int64_t i = 0; i < before; ++i) {
            for (int64_t j = 0; j < after; ++j) total += summed[(i * kept + k) * after + j];
        }
        return total;
    });

    // Half of the numbers are kept, by and large, and those scaled; the same key, the same ones.
    const uint64_t key = random.next();
    const Array<T> again(n);
    f.dropout(n, key, uint32_t(1) << 31, T(2), x.get(), y.get());
    f.dropout(n, key, uint32_t(1) << 31, T(2), x.get(), again.get());
    int64_t dropped = 0, zeros = 0;
    for (int64_t k = 0; k < n; ++k) {
        check::require(y[k] == again[k] && (y[k] == 0 || y[k] == 2 * x[k]), name + " dropout");
        dropped += y[k] == 0;
        zeros += x[k] == 0;
    }
    const double spread = 5 * std::sqrt(static_cast<double>(n) + 1) / 2;
    check::require(std::fabs(static_cast<double>(dropped - zeros) -
                             static_cast<double>(n - zeros) / 2) <= spread,
                   name + " dropout: how many");
}

template <class T>
void check_losses(const Points<T>& f, Random& random, const std::string& name) {
    const int64_t N = random.from(0, 9), C = random.from(1, 40);
    const int64_t P = random.one_in(2) ? 1 : random.from(0, 50), ignored = random.from(-2, C);
    const Array<T> x(N * C * P, random, 0.25), losses(N * P), rows(2 * N * P), gx(N * C * P);
    const bool one_g = random.one_in(2);
    const Array<T> g(one_g ? 1 : N * P, random, 0.25);
    Array<int64_t> labels(N * P);
    for (int64_t k = 0; k < N * P; ++k) {
        labels[k] = random.one_in(5) && (ignored < 0 || ignored >= C) ? ignored
                                                                      : random.from(0, C - 1);
    }
    f.cross_entropy(N, C, P, x.get(), labels.get(), ignored, losses.get(), rows.get());
    f.cross_entropy_gradient(N, C, P, x.get(), labels.get(), ignored, rows.get(), g.get(),
                             one_g ? 0 : 1, gx.get());
    Numbers loss(static_cast<size_t>(N * P)), gradient(static_cast<size_t>(N * C * P));
    for (int64_t n = 0; n < N; ++n) {
        for (int64_t p = 0; p < P; ++p) {
            const int64_t at = n * P + p, label = labels[at];
            if (label == ignored) continue;
            double total = 0;
            const auto score = [&](int64_t c) {
                return static_cast<double>(x[(n * C + c) * P + p]);
            };
            for (int64_t c = 0; c < C; ++c) total += std::exp(score(c));
            loss[static_cast<size_t>(at)] = std::log(total) - score(label);
            for (int64_t c = 0; c < C; ++c) {
                gradient[static_cast<size_t>((n * C + c) * P + p)] =
                    static_cast<double>(g[one_g ? 0 : at]) *
                    (std::exp(score(c)) / total - (c == label));
            }
        }
    }
    const std::string sizes =
        std::to_string(N) + ", " + std::to_string(C) + ", " + std::to_string(P);
    check::require_close(losses, loss, tolerance<T>, name + " cross_entropy of " + sizes);
    check::require_close(gx, gradient, tolerance<T>, name + " its gradient for " + sizes);
}

template <class T>
void check_updates(const Points<T>& f, Random& random, const std::string& name) {
    const int64_t n = length(random);
    const Array<T> p(n, random, 0.25), g(n, random, 0.25), velocity(n, random, 0.25);
    Numbers expected = numbers(p);
    for (int64_t k = 0; k < n; ++k) {
        expected[static_cast<size_t>(k)] -= 0.5 * (0.25 * velocity[k] + (g[k] + 0.125 * p[k]));
    }
    f.sgd(n, p.get(), g.get(), velocity.get(), {0.5, 0.25, 0, 0.125, false});
    check::require_close(p, expected, tolerance<T>, name + " sgd");
    for (int64_t k = 0; k < n; ++k)
        expected[static_cast<size_t>(k)] -= 0.5 * static_cast<double>(g[k]);
    f.sgd(n, p.get(), g.get(), nullptr, {0.5, 0, 0, 0, false});
    check::require_close(p, expected, 2 * tolerance<T>, name + " sgd without momentum");

    for (const bool with_largest : {false, true}) {
        const Array<T> q(n, random, 0.25), first(n, random, 0.25), second(n), largest(n);
        Numbers updated = numbers(q);
        for (int64_t k = 0; k < n; ++k) {
            second[k] = T(0.5);
            largest[k] = T(0.75);
            const double m = 0.5 * first[k] + 0.5 * g[k];
            double v = 0.75 * second[k] + 0.25 * static_cast<double>(g[k]) * g[k];
            if (with_largest) v = std::max(v, 0.75);
            updated[static_cast<size_t>(k)] -= 0.5 * (m / 0.5) / (std::sqrt(v) / 0.25 + 0.125);
        }
        f.adam(n, q.get(), g.get(), first.get(), second.get(),
               with_largest ? largest.get() : nullptr,
               {0.5, 0.5, 0.75, 0.125, 0, false, 0.5, 0.25});
        check::require_close(q, updated, 10 * tolerance<T>, name + " adam");
    }
}

Geometry window(Random& random) {
    Geometry g;
    g.batch = random.one_in(20) ? 0 : random.from(1, 3);
    g.channels = g.out_channels = random.from(1, 9);
    const int64_t axes = random.from(1, 3), longest[] = {0, 60, 20, 7};
    const bool blocks = random.one_in(2);  // side by side, as pooling mostly is
    const int64_t common = random.from(1, 3);
    for (int64_t k = 3 - axes; k < 3; ++k) {
        Axis& a = g.axis[k];
        a.kernel = blocks ? common : random.from(1, 4);
        a.stride = blocks ? common : random.from(1, 3);
        a.dilation = blocks || random.one_in(2) ? 1 : random.from(1, 3);
        a.padding = blocks ? 0 : random.from(0, a.kernel / 2);
        a.size = random.from(1, longest[axes]);
        const int64_t room = a.size + 2 * a.padding - a.dilation * (a.kernel - 1) - 1;
        a.output = room < 0 ? 0 : room / a.stride + 1 + (blocks ? 0 : random.from(0, 1));
    }
    return g;
}

// The number of the pixel under tap `tap` of output place `place`, or -1 outside the image.
int64_t pixel_under(const Geometry& g, int64_t place, int64_t tap) {
    const Axis &d = g.axis[0], &h = g.axis[1], &w = g.axis[2];
    const int64_t z = d.position(place / w.output / h.output, tap / w.kernel / h.kernel);
    const int64_t y = h.position(place / w.output % h.output, tap / w.kernel % h.kernel);
    const int64_t x = w.position(place % w.output, tap % w.kernel);
    if (z < 0 || z >= d.size || y < 0 || y >= h.size || x < 0 || x >= w.size) return -1;
    return (z * h.size + y) * w.size + x;
}

template <class T, class Winner>
void check_max_pool(const Planes<T>& f, const Geometry& g, Random& random,
                    const std::string& name) {
    const int64_t planes = g.batch * g.channels, size = g.input_plane(), places = g.output_plane();
    const Array<T> x(planes * size, random), y(planes * places), gy(planes * places, random),
        gx(planes * size), taken(planes * places);
    Array<Winner> winner(planes * places);
    f.max_pool(g, x.get(), y.get(), winner.get(), sizeof(Winner));
    Numbers best, put(static_cast<size_t>(planes * size)), take;
    for (int64_t at = 0; at < planes * places; ++at) {
        const int64_t plane = at / places;
        double top = -std::numeric_limits<double>::infinity();
        int64_t won = -1;
        for (int64_t tap = 0; tap < g.taps(); ++tap) {
            const int64_t pixel = pixel_under(g, at % places, tap);
            if (pixel >= 0 && x[plane * size + pixel] > top) {
                top = x[plane * size + pixel];
                won = tap;
            }
        }
        if (won < 0) {  // a window that meets no pixel: the kernel's answer is left alone
            top = y[at];
            winner[at] = std::numeric_limits<Winner>::max();
        } else {
            check::require(static_cast<int64_t>(winner[at]) == won, name + " max_pool: its winner");
        }
        best.push_back(std::isinf(top) ? y[at] == T(top) ? 0 : 1 : top);
        if (std::isinf(top)) y[at] = 0;
        // What a caller made up must do no harm either.
        if (random.one_in(5)) winner[at] = static_cast<Winner>(random.next());
        const int64_t pixel = static_cast<int64_t>(winner[at]) < g.taps()
                                  ? pixel_under(g, at % places, static_cast<int64_t>(winner[at]))
                                  : -1;
        take.push_back(pixel < 0 ? 0 : x[plane * size + pixel]);
        if (pixel >= 0) put[static_cast<size_t>(plane * size + pixel)] += gy[at];
    }
    check::require_close(y, best, 0, name + " max_pool");
    f.max_pool_put(g, gy.get(), winner.get(), sizeof(Winner), gx.get());
    check::require_close(gx, put, 0, name + " max_pool_put");
    f.max_pool_take(g, x.get(), winner.get(), sizeof(Winner), taken.get());
    check::require_close(taken, take, 0, name + " max_pool_take");
}

template <class T>
void check_sum_pool(const Planes<T>& f, const Geometry& g, Random& random,
                    const std::string& name) {
    const int64_t planes = g.batch * g.channels, size = g.input_plane(), places = g.output_plane();
    const Array<T> x(planes * size, random), y(planes * places), gy(planes * places, random),
        gx(planes * size), shares(places, random);
    for (const T* each : {static_cast<const T*>(nullptr), static_cast<const T*>(shares.get())}) {
        Numbers sums(static_cast<size_t>(planes * places)),
            spread(static_cast<size_t>(planes * size));
        for (int64_t at = 0; at < planes * places; ++at) {
            const double share = each != nullptr ? each[at % places] : T(0.5);
            for (int64_t tap = 0; tap < g.taps(); ++tap) {
                const int64_t pixel = pixel_under(g, at % places, tap);
                if (pixel < 0) continue;
                const auto where = static_cast<size_t>(at / places * size + pixel);
                sums[static_cast<size_t>(at)] += share * x[static_cast<int64_t>(where)];
                spread[where] += share * gy[at];
            }
        }
        f.sum_pool(g, x.get(), each, T(0.5), y.get());
        check::require_close(y, sums, tolerance<T>, name + " sum_pool");
        f.spread_pool(g, gy.get(), each, T(0.5), gx.get());
        check::require_close(gx, spread, tolerance<T>, name + " spread_pool");
    }
}

template <class T>
void check_batch_norm(const Planes<T>& f, Random& random, const std::string& name) {
    const int64_t long_plane = random.one_in(4) ? 1500 : 300;
    const Channels s{random.from(1, 9), random.from(1, 40),
                     random.one_in(3) ? 1 : random.from(1, random.one_in(2) ? 60 : long_plane)};
    const int64_t C = s.channels, all = s.batch * C * s.pixels;
    const Array<T> x(all, random, 0.25), g(all, random, 0.25), weight(C, random, 0.25),
        bias(C, random, 0.25), y(all), mean(C), var(C), inverse(C), gx(all), gw(C), gb(C);
    const double n = static_cast<double>(s.values()), eps = 0.5;
    const auto channel = [&](int64_t k) { return k / s.pixels % C; };
    Numbers means(static_cast<size_t>(C)), vars(means), sum_g(means), sum_gx(means), e_y, e_gx,
        plain;
    const auto at = [](int64_t k) { return static_cast<size_t>(k); };
    for (int64_t k = 0; k < all; ++k) means[at(channel(k))] += x[k] / n;
    for (int64_t k = 0; k < all; ++k) {
        const double off = x[k] - means[at(channel(k))];
        vars[at(channel(k))] += off * off / n;
    }
    const auto inverse_of = [&](int64_t c) { return 1 / std::sqrt(vars[at(c)] + eps); };
    for (int64_t k = 0; k < all; ++k) {
        const int64_t c = channel(k);
        sum_g[at(c)] += g[k];
        sum_gx[at(c)] += g[k] * (x[k] - means[at(c)]) * inverse_of(c);
    }
    for (int64_t k = 0; k < all; ++k) {
        const int64_t c = channel(k);
        const double hat = (x[k] - means[at(c)]) * inverse_of(c);
        e_y.push_back(hat * weight[c] + bias[c]);
        e_gx.push_back(weight[c] * inverse_of(c) *
                       (g[k] - sum_g[at(c)] / n - hat * sum_gx[at(c)] / n));
        plain.push_back((x[k] - 0.0) * weight[c] + bias[c]);
    }
    // Sums of thousands of numbers are held to what float adds up to.
    const double loose = tolerance<T> * (10 + n / 10);
    f.batch_norm_train(s, x.get(), weight.get(), bias.get(), eps, y.get(), mean.get(), var.get(),
                       inverse.get());
    const std::string sizes = " of " + std::to_string(s.batch) + ", " + std::to_string(C) + ", " +
                              std::to_string(s.pixels);
    check::require_close(mean, means, loose, name + " batch_norm_train's mean" + sizes);
    check::require_close(var, vars, loose, name + " batch_norm_train's var" + sizes);
    check::require_close(y, e_y, loose, name + " batch_norm_train" + sizes);
    f.batch_norm_gradient(s, g.get(), x.get(), mean.get(), inverse.get(), weight.get(), gx.get(),
                          gw.get(), gb.get());
    check::require_close(gx, e_gx, loose, name + " batch_norm_gradient" + sizes);
    check::require_close(gw, sum_gx, loose, name + " batch_norm_gradient's weight" + sizes);
    check::require_close(gb, sum_g, loose, name + " batch_norm_gradient's bias" + sizes);
    const Array<T> gw_alone(C), gb_alone(C);
    f.batch_norm_sums(s, g.get(), x.get(), mean.get(), inverse.get(), gw_alone.get(),
                      gb_alone.get());
    check::require_close(gw_alone, sum_gx, loose, name + " batch_norm_sums" + sizes);
    check::require_close(gb_alone, sum_g, loose, name + " batch_norm_sums" + sizes);
    f.batch_norm(s, x.get(), nullptr, weight.get(), bias.get(), false, y.get());
    check::require_close(y, plain, tolerance<T>, name + " batch_norm" + sizes);
}

// a and b lie row by row or column by column; sums of whole numbers are exact.
template <class T>
void check_matmul(Matmul<T> multiply, Random& random, const std::string& name) {
    const int64_t most = random.one_in(4) ? 300 : 40, I = random.from(1, most),
                  J = random.from(1, most), K = random.from(random.one_in(9) ? 0 : 1, 90);
    const bool a_rows = random.one_in(2), b_rows = random.one_in(2), with_bias = random.one_in(2);
    const Array<T> a(I * K, random), b(K * J, random), bias(J, random), c(I * J);
    const Product<T> product{I, J, K, a.get(), a_rows ? K : 1, a_rows ? 1 : I,
                             b.get(), b_rows ? J : 1, b_rows ? 1 : K,
                             with_bias ? bias.get() : nullptr, c.get()};
    multiply(product);
    Numbers expected;
    for (int64_t i = 0; i < I; ++i) {
        for (int64_t j = 0; j < J; ++j) {
            double total = with_bias ? bias[j] : T(0);
            for (int64_t k = 0; k < K; ++k) {
                total += static_cast<double>(a[i * product.a_row + k * product.a_column]) *
                         b[k * product.b_row + j * product.b_column];
            }
            expected.push_back(total);
        }
    }
    check::require_close(c, expected, 0, name + " matmul of " + std::to_string(I) + ", " +
                                             std::to_string(K) + ", " + std::to_string(J));
}

template <class T>
void check_layers(const Layers<T>& layers, Random& random, const std::string& name) {
    check_points(layers.points, random, name);
    check_losses(layers.points, random, name);
    check_updates(layers.points, random, name);
    const Geometry g = window(random);
    check_max_pool<T, uint8_t>(layers.planes, g, random, name);
    check_max_pool<T, uint16_t>(layers.planes, g, random, name);
    check_max_pool<T, uint32_t>(layers.planes, g, random, name);
    check_sum_pool(layers.planes, g, random, name);
    check_batch_norm(layers.planes, random, name);
}

}  // namespace

int main(int count, char** arguments) {
    const int64_t draws = count > 1 ? std::atoll(arguments[1]) : 200;
    const uint64_t seed = count > 2 ? static_cast<uint64_t>(std::atoll(arguments[2])) : 0;
    int levels = 0;
    const Kernels* const* usable = usable_kernels(&levels);
    for (int level = 0; level < levels; ++level) {
        const Kernels& kernels = *usable[level];
        Random random(seed);
        for (int64_t draw = 0; draw < draws; ++draw) {
            set_thread_count(static_cast<int>(random.from(1, 4)));
            check_layers(kernels.layers_float, random, std::string(kernels.name) + " float");
            check_layers(kernels.layers_double, random, std::string(kernels.name) + " double");
            check_matmul(kernels.matmul_float, random, std::string(kernels.name) + " float");
            check_matmul(kernels.matmul_double, random, std::string(kernels.name) + " double");
        }
        std::printf("layers %s: %lld draws of every kernel are right\n", kernels.name,
                    static_cast<long long>(draws));
        std::fflush(stdout);
    }
    return 0;
}
