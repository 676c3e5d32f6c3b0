// Every convolution kernel of every instruction set this machine has, on drawn shapes.
//
//     check_convolution [draws] [seed]        .ci/check_cpp builds and runs it
//
// Needs no Python, so it runs under sanitizers, valgrind and emulators. Expected are the sums as
// their definition writes them, in double: small whole numbers must come out exactly, except from
// Winograd's algorithm, which has an error of its own.
#include <functional>

#include "../../csrc/kernels.h"
#include "../../csrc/parallel.h"
#include "check.h"

namespace {

using namespace minicnn;
using check::Array;
using check::Random;

std::string text(const Geometry& g) {
    std::string all = "batch " + std::to_string(g.batch) + ", channels " +
                      std::to_string(g.channels) + " to " + std::to_string(g.out_channels) +
                      ", groups " + std::to_string(g.groups);
    for (const Axis& a : g.axis) {
        all += ", (size " + std::to_string(a.size) + " kernel " + std::to_string(a.kernel) +
               " output " + std::to_string(a.output) + " stride " + std::to_string(a.stride) +
               " padding " + std::to_string(a.padding) + " dilation " + std::to_string(a.dilation) +
               ")";
    }
    return all;
}

int64_t input_size(const Geometry& g) { return g.batch * g.channels * g.input_plane(); }
int64_t output_size(const Geometry& g) { return g.batch * g.out_channels * g.output_plane(); }
int64_t filter_size(const Geometry& g) {
    return g.out_channels * g.channels_per_group() * g.taps();
}

// Calls visit(x index, w index, y index) for every triple of the sum.
template <class Visit>
void for_triples(const Geometry& g, const Visit& visit) {
    const int64_t C = g.channels_per_group(), O = g.out_channels_per_group();
    const Axis &h = g.axis[1], &w = g.axis[2];
    struct Meeting {  // of a tap, an output and a pixel along one axis
        int64_t position, tap, output;
    };
    std::vector<Meeting> meetings[3];
    for (int axis = 0; axis < 3; ++axis) {
        const Axis& a = g.axis[axis];
        for (int64_t tap = 0; tap < a.kernel; ++tap) {
            for (int64_t i = 0; i < a.output; ++i) {
                const int64_t position = a.position(i, tap);
                if (position >= 0 && position < a.size) {
                    meetings[axis].push_back({position, tap, i});
                }
            }
        }
    }
    for (int64_t n = 0; n < g.batch; ++n) {
        for (int64_t o = 0; o < g.out_channels; ++o) {
            for (int64_t k = 0; k < C; ++k) {
                const int64_t x0 = (n * g.channels + o / O * C + k) * g.input_plane();
                const int64_t w0 = (o * C + k) * g.taps();
                const int64_t y0 = (n * g.out_channels + o) * g.output_plane();
                for (const Meeting& a : meetings[0]) {
                    for (const Meeting& b : meetings[1]) {
                        const int64_t x1 = x0 + (a.position * h.size + b.position) * w.size;
                        const int64_t w1 = w0 + (a.tap * h.kernel + b.tap) * w.kernel;
                        const int64_t y1 = y0 + (a.output * h.output + b.output) * w.output;
                        for (const Meeting& c : meetings[2]) {
                            visit(x1 + c.position, w1 + c.tap, y1 + c.output);
                        }
                    }
                }
            }
        }
    }
}

// A convolution kernel, or a step of the ladder: null where it has no such function.
template <class T>
struct Named {
    std::string name;
    std::function<void(const Geometry&, const T* x, const T* w, const T* bias, T* y)> forward;
    std::function<void(const Geometry&, const T* g, const T* w, const T* bias, T* x)>
        input_gradient;
    std::function<void(const Geometry&, const T* x, const T* g, T* w)> weight_gradient;

    Named(const std::string& level, const char* kind, const Convolution<T>& kernel)
        : name(level + " " + kind), forward(kernel.forward), input_gradient(kernel.input_gradient),
          weight_gradient(kernel.weight_gradient) {}
    Named(const std::string& level, const Step<T>& step)
        : name(level + " step " + step.name), weight_gradient(step.weight_gradient) {
        forward = [step](const Geometry& g, const T* x, const T* w, const T*, T* y) {
            step.forward(g, x, w, y);
        };
        if (step.input_gradient == nullptr) return;
        input_gradient = [step](const Geometry& g, const T* gy, const T* w, const T*, T* x) {
            step.input_gradient(g, gy, w, x);
        };
    }
    // Filters packed beforehand; the bias, or a 3 that is taken off again, is added at the end.
    Named(const std::string& level, const Prepared<T>& kernel, bool winograd)
        : name(level + " prepared") {
        forward = [kernel, winograd](const Geometry& g, const T* x, const T* w, const T* bias,
                                     T* y) {
            const Array<T> packed(kernel.size(g, winograd)), added(output_size(g));
            kernel.pack(g, winograd, w, packed.get());
            const int64_t plane = std::max<int64_t>(1, g.output_plane());
            for (int64_t k = 0; k < added.size(); ++k) {
                added.get()[k] = bias == nullptr ? T(3) : bias[k / plane % g.out_channels];
            }
            kernel.forward(g, winograd, x, packed.get(), nullptr, Finish<T>{added.get(), false}, y);
            for (int64_t k = 0; k < added.size() && bias == nullptr; ++k) y[k] -= T(3);
        };
    }
};

// The three functions of some kernels on one shape. tolerance 0: exact.
template <class T>
void check_one(const std::vector<Named<T>>& kernels, const Geometry& g, double tolerance,
               bool with_bias, Random& random) {
    const double step = tolerance > 0 ? 0.125 : 1;
    const Array<T> x(input_size(g), random, step), w(filter_size(g), random, step),
        gy(output_size(g), random, step), bias(g.out_channels, random, step),
        bias_in(g.channels, random, step);
    const auto size_of = [](const Array<T>& a) { return static_cast<size_t>(a.size()); };
    std::vector<double> y(size_of(gy)), gx(size_of(x)), gw(size_of(w));
    for (size_t k = 0; with_bias && k < y.size(); ++k) {
        y[k] = bias[static_cast<int64_t>(k) / g.output_plane() % g.out_channels];
    }
    for (size_t k = 0; with_bias && k < gx.size(); ++k) {
        gx[k] = bias_in[static_cast<int64_t>(k) / g.input_plane() % g.channels];
    }
    for_triples(g, [&](int64_t i, int64_t j, int64_t k) {
        y[static_cast<size_t>(k)] += static_cast<double>(x[i]) * static_cast<double>(w[j]);
        gx[static_cast<size_t>(i)] += static_cast<double>(w[j]) * static_cast<double>(gy[k]);
        gw[static_cast<size_t>(j)] += static_cast<double>(x[i]) * static_cast<double>(gy[k]);
    });
    // An error of Winograd's is relative to what was added up, not to what came out.
    double scale = 1;
    for (const auto* all : {&y, &gx, &gw}) {
        for (const double e : *all) scale = std::max(scale, std::fabs(e));
    }
    const T *bias_out = with_bias ? bias.get() : nullptr,
            *bias_x = with_bias ? bias_in.get() : nullptr;
    for (const Named<T>& kernel : kernels) {
        const Array<T> y_out(gy.size()), x_out(x.size()), w_out(w.size());
        const std::string what = kernel.name + ", ", of = " of " + text(g);
        kernel.forward(g, x.get(), w.get(), bias_out, y_out.get());
        check::require_close(y_out, y, tolerance * scale, what + "forward" + of);
        if (kernel.input_gradient) {
            kernel.input_gradient(g, gy.get(), w.get(), bias_x, x_out.get());
            check::require_close(x_out, gx, tolerance * scale, what + "input gradient" + of);
        }
        if (kernel.weight_gradient) {
            kernel.weight_gradient(g, x.get(), gy.get(), w_out.get());
            check::require_close(w_out, gw, tolerance * scale, what + "weight gradient" + of);
        }
    }
}

int64_t output_of(const Axis& a, int64_t after) {
    const int64_t room = a.size + a.padding + after - a.dilation * (a.kernel - 1) - 1;
    return room < 0 ? 0 : room / a.stride + 1;
}

// Products of the sum: plain loops shall take no longer than some milliseconds.
double work_of(const Geometry& g) {
    return static_cast<double>(g.batch * g.out_channels * g.output_plane()) *
           static_cast<double>(g.channels_per_group() * g.taps());
}

// Some shape: one to three axes, strides, paddings, dilations, groups, sometimes nothing at all.
Geometry any_shape(Random& random) {
    Geometry g;
    const int64_t axes = random.from(1, 3);
    const int64_t longest[] = {0, 40, 14, 6};
    g.batch = random.one_in(20) ? 0 : random.one_in(3) ? random.from(4, 36) : random.from(1, 3);
    g.groups = random.one_in(3) ? random.from(2, 3) : 1;
    const int64_t most = random.one_in(3) ? 40 : 6;  // channels
    g.channels = g.groups * random.from(1, most / g.groups);
    g.out_channels = g.groups * random.from(1, most / g.groups);
    for (int64_t k = 3 - axes; k < 3; ++k) {
        Axis& a = g.axis[k];
        a.kernel = random.from(1, axes == 3 ? 3 : 5);
        a.stride = random.one_in(2) ? 1 : random.from(2, 4);
        a.dilation = random.one_in(2) ? 1 : random.from(2, 3);
        a.padding = random.from(0, 3);
        a.size = random.from(random.one_in(20) ? 0 : 1, longest[axes]);
        a.output = output_of(a, random.from(0, 3));
        if (random.one_in(4)) a.output = random.from(0, a.output + 2);
    }
    return work_of(g) < 1e6 ? g : any_shape(random);
}

// 3×3, stride 1, 16 channels and more: Winograd's.
Geometry winograd_shape(Random& random) {
    Geometry g;
    g.batch = random.from(1, 3);
    g.channels = random.from(16, 40);
    g.out_channels = random.from(16, 40);
    for (int k = 1; k < 3; ++k) {
        g.axis[k] = {random.from(1, 18), 3, 0, 1, random.from(0, 2), 1};
        g.axis[k].output = output_of(g.axis[k], random.from(0, 2));
    }
    return g;
}

Geometry image(int64_t N, int64_t C, int64_t H, int64_t O, int64_t kernel, int64_t stride,
               int64_t padding, int64_t groups = 1) {
    Geometry g;
    g.batch = N;
    g.channels = C;
    g.out_channels = O;
    g.groups = groups;
    for (int k = 1; k < 3; ++k) {
        g.axis[k] = {H, kernel, 0, stride, padding, 1};
        g.axis[k].output = output_of(g.axis[k], padding);
    }
    return g;
}

// Shapes that take ways of their own: several bands, several panels, large and small filters, rows
// joined, filters of 16 planes, a stem, one image panel by panel, a strided tap, images side by side.
std::vector<Geometry> chosen_shapes() {
    return {image(1, 70, 30, 20, 3, 1, 1),    image(1, 20, 40, 70, 3, 2, 1),
            image(2, 33, 14, 48, 1, 1, 0),    image(1, 16, 30, 16, 3, 1, 1),
            image(1, 3, 60, 8, 7, 2, 3),      image(2, 3, 32, 8, 5, 1, 0),
            image(1, 170, 8, 160, 3, 1, 1),   image(1, 250, 5, 240, 3, 1, 1),
            image(1, 24, 10, 24, 3, 1, 1, 24), image(1, 130, 5, 130, 3, 1, 1),
            image(4, 16, 9, 16, 3, 1, 1),     image(1, 8, 40, 8, 3, 3, 1),
            image(1, 130, 9, 130, 3, 2, 1),   image(2, 20, 15, 33, 1, 2, 0),
            image(33, 3, 9, 8, 5, 1, 0),      image(20, 8, 6, 3, 5, 1, 4),
            image(18, 8, 7, 8, 3, 1, 1, 2),   image(1, 300, 5, 33, 3, 1, 1)};
}

// Numbers at the edge of what the bindings let through: nothing may overflow.
std::vector<Geometry> extreme_shapes() {
    constexpr int64_t big = (int64_t(1) << 31) - 1;
    std::vector<Geometry> all;
    for (const int64_t stride : {int64_t(1), int64_t(2), big}) {
        for (const int64_t padding : {int64_t(0), int64_t(1), big}) {
            for (const int64_t dilation : {int64_t(1), int64_t(3), big}) {
                for (const int axes : {1, 3}) {
                    Geometry g;
                    g.batch = g.channels = g.out_channels = 1;
                    for (int k = 3 - axes; k < 3; ++k)
                        g.axis[k] = {3, 4, 3, stride, padding, dilation};
                    all.push_back(g);
                    g.channels = 20;
                    g.out_channels = 17;
                    all.push_back(g);
                }
            }
        }
    }
    return all;
}

void check_shape(const Geometry& g, Random& random) {
    int levels = 0;
    const Kernels* const* usable = usable_kernels(&levels);
    std::vector<Named<float>> floats, rounded, steps;
    std::vector<Named<double>> doubles, double_steps;
    for (int k = 0; k < levels; ++k) {
        const Kernels& level = *usable[k];
        floats.emplace_back(level.name, "float", level.convolution_float);
        doubles.emplace_back(level.name, "double", level.convolution_double);
        rounded.emplace_back(level.name, "Winograd", level.winograd);
        floats.emplace_back(level.name, level.prepared_float, false);
        doubles.emplace_back(level.name, level.prepared_double, false);
        rounded.emplace_back(level.name, level.prepared_float, true);
        for (int step = 0; step < ladder_steps; ++step) {
            steps.emplace_back(level.name, level.ladder_float.steps[step]);
            double_steps.emplace_back(level.name, level.ladder_double.steps[step]);
        }
    }
    check_one(floats, g, 0, random.one_in(2), random);
    check_one(doubles, g, 0, random.one_in(2), random);
    check_one(rounded, g, 1e-5, random.one_in(2), random);
    // The ladder's steps are for images, without groups and dilation.
    const Axis& depth = g.axis[0];
    if (g.groups > 1 || g.axis[1].dilation * g.axis[2].dilation != 1) return;
    if (depth.size != 1 || depth.kernel != 1 || depth.output != 1 || depth.padding != 0) return;
    if (work_of(g) > 4e5) return;  // its plain loops take their time
    check_one(steps, g, 1e-5, false, random);
    check_one(double_steps, g, 0, false, random);
}

}  // namespace

int main(int count, char** arguments) {
    const int64_t draws = count > 1 ? std::atoll(arguments[1]) : 200;
    Random random(count > 2 ? static_cast<uint64_t>(std::atoll(arguments[2])) : 0);
    for (const Geometry& g : extreme_shapes()) check_shape(g, random);
    for (const Geometry& g : chosen_shapes()) check_shape(g, random);
    for (int64_t draw = 0; draw < draws; ++draw) {
        set_thread_count(static_cast<int>(random.from(1, 4)));
        check_shape(any_shape(random), random);
        if (draw % 4 == 0) check_shape(winograd_shape(random), random);
    }
    int levels = 0;
    const Kernels* const* usable = usable_kernels(&levels);
    for (int k = 0; k < levels; ++k) {
        std::printf("convolution %s: the chosen shapes and %lld drawn ones are right\n",
                    usable[k]->name, static_cast<long long>(draws));
    }
    return 0;
}
