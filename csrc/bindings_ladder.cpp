// The steps of the ladder as Python functions, for study: see ladder.h.
//
// As in bindings.cpp: each function computes or raises, whatever it is called with.
#include <string>

#include "arguments.h"
#include "kernels.h"
#include "results.h"

namespace minicnn {
namespace {

// The number of the step of this name.
int step_number(const py::object& name) {
    if (!PyUnicode_Check(name.ptr())) type_error("name must be a str, got ", type_name(name));
    std::string names;
    const Ladder<float>& ladder = kernels().ladder<float>();
    for (int k = 0; k < ladder_steps; ++k) {
        const char* const step = ladder.steps[k].name;
        if (PyUnicode_CompareWithASCIIString(name.ptr(), step) == 0) return k;
        names += std::string(k ? ", " : "") + step;
    }
    value_error("the ladder has no step ", py::repr(name).cast<std::string>(),
                "; its steps are: ", names);
}

// One of the step's functions, e.g. &Step<T>::forward.
template <class T, class Function>
Function function(int step, Function Step<T>::*which, const char* what) {
    const Step<T>& found = kernels().ladder<T>().steps[step];
    if (found.*which == nullptr) value_error("the step '", found.name, "' has no ", what);
    return found.*which;
}

// What the three functions have in common: `given` is the spatial shape of the result.
struct Window {
    int step;
    Shape given, stride, padding;
    Window(const py::object& name, const py::object& result, const char* result_name,
           const py::object& stride, const py::object& padding)
        : step(step_number(name)), given(integers(result, result_name, 0, 2)),
          stride(integers(stride, "stride", 1, 2)), padding(integers(padding, "padding", 0, 2)) {}
};

Shape spatial_of(const py::array& array) { return {array.shape(2), array.shape(3)}; }

Geometry make_geometry(int64_t N, int64_t C, int64_t O, const Shape& size, const Shape& kernel,
                       const Shape& output, const Window& window) {
    Geometry geometry;
    geometry.batch = N;
    geometry.channels = C;
    geometry.out_channels = O;
    for (size_t k = 0; k < 2; ++k) {
        geometry.axis[1 + k] = {size[k],           kernel[k],         output[k],
                                window.stride[k], window.padding[k], 1};
    }
    return geometry;
}

py::list ladder_names() {
    py::list names;
    for (const Step<float>& step : kernels().ladder<float>().steps) names.append(step.name);
    return names;
}

py::array ladder_forward(const py::object& name, const py::object& x_arg, const py::object& w_arg,
                         const py::object& output, const py::object& stride,
                         const py::object& padding) {
    const Window window(name, output, "output", stride, padding);
    const py::array x = array(x_arg, "x"), w = array(w_arg, "w");
    check_same_dtype(x, "x", w, "w");
    check_rank(x, "x", 2, "(N, C, H, W)");
    check_rank(w, "w", 2, "(O, C, A, B)");
    const int64_t N = x.shape(0), C = x.shape(1), O = w.shape(0);
    if (w.shape(1) != C) {
        value_error("w must have the ", C, " channels of x in axis 1, got shape ",
                    text(shape_of(w)));
    }
    const Geometry geometry =
        make_geometry(N, C, O, spatial_of(x), spatial_of(w), window.given, window);
    py::array y = new_array(x, {N, O, window.given[0], window.given[1]});
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const auto run = function<T>(window.step, &Step<T>::forward, "forward");
        const T *x_in = in<T>(x), *w_in = in<T>(w);
        T* y_out = out<T>(y);
        py::gil_scoped_release release;
        run(geometry, x_in, w_in, y_out);
    });
    return y;
}

py::array ladder_input_gradient(const py::object& name, const py::object& g_arg,
                                const py::object& w_arg, const py::object& size,
                                const py::object& stride, const py::object& padding) {
    const Window window(name, size, "size", stride, padding);
    const py::array g = array(g_arg, "g"), w = array(w_arg, "w");
    check_same_dtype(g, "g", w, "w");
    check_rank(g, "g", 2, "(N, O, P, Q)");
    check_rank(w, "w", 2, "(O, C, A, B)");
    const int64_t N = g.shape(0), C = w.shape(1), O = w.shape(0);
    if (g.shape(1) != O) {
        value_error("g must have one channel for each of the ", O, " filters in w, got shape ",
                    text(shape_of(g)));
    }
    const Geometry geometry =
        make_geometry(N, C, O, window.given, spatial_of(w), spatial_of(g), window);
    py::array x = new_array(g, {N, C, window.given[0], window.given[1]});
    with_type_of(g, [&](auto zero) {
        using T = decltype(zero);
        const auto run = function<T>(window.step, &Step<T>::input_gradient, "input gradient");
        const T *g_in = in<T>(g), *w_in = in<T>(w);
        T* x_out = out<T>(x);
        py::gil_scoped_release release;
        run(geometry, g_in, w_in, x_out);
    });
    return x;
}

py::array ladder_weight_gradient(const py::object& name, const py::object& x_arg,
                                 const py::object& g_arg, const py::object& kernel,
                                 const py::object& stride, const py::object& padding) {
    const Window window(name, kernel, "kernel", stride, padding);
    const py::array x = array(x_arg, "x"), g = array(g_arg, "g");
    check_same_dtype(x, "x", g, "g");
    check_rank(x, "x", 2, "(N, C, H, W)");
    check_rank(g, "g", 2, "(N, O, P, Q)");
    const int64_t N = x.shape(0), C = x.shape(1), O = g.shape(1);
    if (g.shape(0) != N) {
        value_error("x and g must hold the same number of images, got shapes ", text(shape_of(x)),
                    " and ", text(shape_of(g)));
    }
    const Geometry geometry =
        make_geometry(N, C, O, spatial_of(x), window.given, spatial_of(g), window);
    py::array w = new_array(x, {O, C, window.given[0], window.given[1]});
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const auto run = function<T>(window.step, &Step<T>::weight_gradient, "weight gradient");
        const T *x_in = in<T>(x), *g_in = in<T>(g);
        T* w_out = out<T>(w);
        py::gil_scoped_release release;
        run(geometry, x_in, g_in, w_out);
    });
    return w;
}

}  // namespace

void bind_ladder(py::module_& module) {
    using py::arg;
    module.def("ladder_steps", &ladder_names,
               "The names of the ladder's steps, the slowest first (docs/kernels.md).");
    module.def("ladder", &ladder_forward, arg("name"), arg("x"), arg("w"), arg("output"),
               arg("stride"), arg("padding"),
               "y (N, O, *output), the convolution of x (N, C, H, W) with w (O, C, A, B), by the\n"
               "step of this name. output, stride and padding (before) are tuples of two ints.");
    module.def("ladder_input_gradient", &ladder_input_gradient, arg("name"), arg("g"), arg("w"),
               arg("size"), arg("stride"), arg("padding"),
               "gx (N, C, *size) for g (N, O, P, Q) and w (O, C, A, B), by the step of this name.");
    module.def("ladder_weight_gradient", &ladder_weight_gradient, arg("name"), arg("x"), arg("g"),
               arg("kernel"), arg("stride"), arg("padding"),
               "gw (O, C, *kernel) for x (N, C, H, W) and g (N, O, P, Q), by the step of this\n"
               "name.");
}

}  // namespace minicnn
