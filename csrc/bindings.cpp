// minicnn._ext: the loops of loops.h as Python functions. Raw arrays in, raw arrays out.
//
// Each function reads its numbers, checks them against its arrays, allocates the result, lets go
// of Python's lock and runs the loop. It may be called directly with anything: it computes or it
// raises.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "geometry.h"
#include "kernels.h"
#include "memory.h"
#include "parallel.h"
#include "results.h"
#include "window.h"

namespace minicnn {
void bind_points(pybind11::module_& module);  // bindings_points.cpp
void bind_planes(pybind11::module_& module);  // bindings_planes.cpp
void bind_ladder(pybind11::module_& module);  // bindings_ladder.cpp
void bind_matmul(pybind11::module_& module);  // bindings_matmul.cpp
void bind_prepared(pybind11::module_& module);  // bindings_prepared.cpp
}

namespace {

namespace py = pybind11;
using namespace minicnn;

template <class T>
const Convolution<T>& convolution(Algorithm algorithm) {
    if constexpr (std::is_same_v<T, float>) {
        if (algorithm == Algorithm::winograd) return kernels().winograd;
    }
    return kernels().convolution<T>();
}

py::array conv_forward(const py::object& x_arg, const py::object& w_arg, const py::object& bias_arg,
                       const py::object& output, const py::object& stride,
                       const py::object& padding, const py::object& dilation,
                       const py::object& groups, const py::object& algorithm_name) {
    const Algorithm chosen = algorithm(algorithm_name);
    const Window window(output, "output", stride, padding, dilation, groups);
    const py::array x = array(x_arg, "x"), w = array(w_arg, "w");
    const std::optional<py::array> bias = optional_array(bias_arg, "bias");
    check_same_dtype(x, "x", w, "w");
    check_rank(x, "x", window.axes(), "(N, C, *size)");
    check_rank(w, "w", window.axes(), "(O, C/groups, *kernel)");
    const int64_t N = x.shape(0), C = x.shape(1), O = w.shape(0);
    check_groups(C, "the channels of x", window.groups);
    check_groups(O, "the filters in w", window.groups);
    if (w.shape(1) != C / window.groups) {
        value_error("w must have C/groups = ", C / window.groups, " channels in axis 1 (x has ", C,
                    " channels, groups is ", window.groups, "), got shape ", text(shape_of(w)));
    }
    if (bias) check_bias(*bias, x, "x", O, "filters");

    const Geometry geometry =
        make_geometry(N, C, O, spatial_of(x), spatial_of(w), window.given, window);
    py::array y = new_array(x, joined(N, O, window.given));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *w_in = in<T>(w), *bias_in = in<T>(bias);
        T* y_out = out<T>(y);
        py::gil_scoped_release release;
        convolution<T>(chosen).forward(geometry, x_in, w_in, bias_in, y_out);
    });
    return y;
}

py::array conv_input_gradient(const py::object& g_arg, const py::object& w_arg,
                              const py::object& bias_arg, const py::object& size,
                              const py::object& stride, const py::object& padding,
                              const py::object& dilation,
                       const py::object& groups, const py::object& algorithm_name) {
    const Algorithm chosen = algorithm(algorithm_name);
    const Window window(size, "size", stride, padding, dilation, groups);
    const py::array g = array(g_arg, "g"), w = array(w_arg, "w");
    const std::optional<py::array> bias = optional_array(bias_arg, "bias");
    check_same_dtype(g, "g", w, "w");
    check_rank(g, "g", window.axes(), "(N, O, *output)");
    check_rank(w, "w", window.axes(), "(O, C/groups, *kernel)");
    const int64_t N = g.shape(0), O = w.shape(0), C = w.shape(1) * window.groups;
    check_groups(O, "the filters in w", window.groups);
    if (g.shape(1) != O) {
        value_error("g must have one channel for each of the ", O, " filters in w, got shape ",
                    text(shape_of(g)));
    }
    if (bias) check_bias(*bias, g, "g", C, "channels (w's axis 1 times groups)");

    py::array x = new_array(g, joined(N, C, window.given));
    const Geometry geometry =
        make_geometry(N, C, O, window.given, spatial_of(w), spatial_of(g), window);
    with_type_of(g, [&](auto zero) {
        using T = decltype(zero);
        const T *g_in = in<T>(g), *w_in = in<T>(w), *bias_in = in<T>(bias);
        T* x_out = out<T>(x);
        py::gil_scoped_release release;
        convolution<T>(chosen).input_gradient(geometry, g_in, w_in, bias_in, x_out);
    });
    return x;
}

py::array conv_weight_gradient(const py::object& x_arg, const py::object& g_arg,
                               const py::object& kernel, const py::object& stride,
                               const py::object& padding, const py::object& dilation,
                       const py::object& groups, const py::object& algorithm_name) {
    const Algorithm chosen = algorithm(algorithm_name);
    const Window window(kernel, "kernel", stride, padding, dilation, groups);
    const py::array x = array(x_arg, "x"), g = array(g_arg, "g");
    check_same_dtype(x, "x", g, "g");
    check_rank(x, "x", window.axes(), "(N, C, *size)");
    check_rank(g, "g", window.axes(), "(N, O, *output)");
    const int64_t N = x.shape(0), C = x.shape(1), O = g.shape(1);
    if (g.shape(0) != N) {
        value_error("x and g must hold the same number of images, got shapes ", text(shape_of(x)),
                    " and ", text(shape_of(g)));
    }
    check_groups(C, "the channels of x", window.groups);
    check_groups(O, "the channels of g", window.groups);

    py::array w = new_array(x, joined(O, C / window.groups, window.given));
    const Geometry geometry =
        make_geometry(N, C, O, spatial_of(x), window.given, spatial_of(g), window);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *g_in = in<T>(g);
        T* w_out = out<T>(w);
        py::gil_scoped_release release;
        convolution<T>(chosen).weight_gradient(geometry, x_in, g_in, w_out);
    });
    return w;
}

void set_num_threads(const py::object& n) {
    const int64_t threads = integer(n, "the number of threads", 1);
    if (threads > max_threads) {
        value_error("the number of threads must be at most ", max_threads, ", got ", threads);
    }
    set_thread_count(static_cast<int>(threads));
}

int get_num_threads() { return thread_count(); }

py::dict memory_numbers() {
    const MemoryStats stats = memory_stats();
    py::dict numbers;
    numbers["bytes_in_use"] = stats.in_use;
    numbers["bytes_cached"] = stats.cached;
    numbers["bytes_peak"] = stats.peak;
    numbers["blocks_fresh"] = stats.fresh;
    numbers["blocks_reused"] = stats.reused;
    return numbers;
}

const char* compiler() {
#if defined(__clang__)
    return "Clang " __clang_version__;
#elif defined(__GNUC__)
    return "GCC " __VERSION__;
#elif defined(_MSC_VER)
    return "MSVC " PYBIND11_TOSTRING(_MSC_VER);
#else
    return "unknown";
#endif
}

py::dict build_info() {
#ifdef _MSVC_LANG
    const long standard = _MSVC_LANG;
#else
    const long standard = __cplusplus;
#endif
#if defined(__OPTIMIZE__) || (defined(_MSC_VER) && defined(NDEBUG))
    const bool optimised = true;
#else
    const bool optimised = false;
#endif
    py::dict info;
    info["compiler"] = compiler();
    info["standard"] = "C++" + std::to_string(standard / 100 % 100);  // 201703 is C++17
    info["optimised"] = optimised;
    info["instruction_set"] = kernels().name;
    int levels = 0;
    const Kernels* const* usable = usable_kernels(&levels);
    py::list names;
    for (int k = 0; k < levels; ++k) names.append(usable[k]->name);
    info["instruction_sets"] = names;
    info["threads"] = get_num_threads();
    return info;
}

}  // namespace

PYBIND11_MODULE(_ext, module) {
    module.doc() =
        "Convolution's three functions as threaded C++ loops over NumPy arrays.\n\n"
        "Arrays are C-contiguous numpy.ndarrays, all float32 or all float64; nothing is "
        "converted.\n"
        "output, size, kernel, stride, padding and dilation are tuples of one to three ints, one\n"
        "for each spatial axis. padding counts the zeros before the first pixel; those after the\n"
        "last one follow from output. Wrong kinds raise TypeError, wrong values ValueError.";
    thread_count();  // reads OMP_NUM_THREADS now
    kernels();       // and MINICNN_ISA

    using py::arg;
    module.def("conv_forward", &conv_forward, arg("x"), arg("w"), arg("bias"), arg("output"),
               arg("stride"), arg("padding"), arg("dilation"), arg("groups"),
               arg("algorithm") = "winograd",
               "y (N, O, *output): y[n,o,i] = bias[o] + sum w[o,c,a] x[n,c,i*s+a*d-p].\n\n"
               "x (N, C, *size), w (O, C/groups, *kernel), bias (O,) or None.");
    module.def("conv_input_gradient", &conv_input_gradient, arg("g"), arg("w"), arg("bias"),
               arg("size"), arg("stride"), arg("padding"), arg("dilation"), arg("groups"),
               arg("algorithm") = "winograd",
               "x (N, C, *size): x[n,c,i*s+a*d-p] = bias[c] + sum w[o,c,a] g[n,o,i].\n\n"
               "g (N, O, *output), w (O, C/groups, *kernel), bias (C,) or None.");
    module.def("conv_weight_gradient", &conv_weight_gradient, arg("x"), arg("g"), arg("kernel"),
               arg("stride"), arg("padding"), arg("dilation"), arg("groups"),
               arg("algorithm") = "winograd",
               "w (O, C/groups, *kernel): w[o,c,a] = sum x[n,c,i*s+a*d-p] g[n,o,i].\n\n"
               "x (N, C, *size), g (N, O, *output).");
    minicnn::bind_points(module);
    minicnn::bind_planes(module);
    minicnn::bind_ladder(module);
    minicnn::bind_matmul(module);
    minicnn::bind_prepared(module);
    module.def("set_num_threads", &set_num_threads, arg("n"),
               "Use up to n threads, an int from 1 to 4096, in each call from now on.");
    module.def("get_num_threads", &get_num_threads,
               "The number of threads: as set, else OMP_NUM_THREADS, else all usable processors.");
    module.def("build_info", &build_info,
               "A dict: compiler, standard, optimised, instruction_set, threads, and in\n"
               "instruction_sets what this machine can run, the best first.");
    module.def("empty_cache", &empty_cache, py::call_guard<py::gil_scoped_release>(),
               "Gives memory that lies unused in the pool back to the system.");
    module.def("memory_stats", &memory_numbers,
               "A dict: bytes_in_use, bytes_cached, bytes_peak, blocks_fresh, blocks_reused.");
}
