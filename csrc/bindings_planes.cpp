// Batch norm (layers/planes.h) and concatenation as Python functions. Raw arrays in, raw arrays out.
//
// As in bindings.cpp: each function computes, or raises before anything is computed.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cmath>
#include <optional>
#include <vector>

#include "arguments.h"
#include "kernels.h"
#include "layers/concatenate.h"
#include "results.h"
#include "unlocked.h"

namespace minicnn {

void bind_planes(py::module_& module);
void bind_pools(py::module_& module);  // bindings_pools.cpp

namespace {

// ---- batch norm ----

Channels channels_of(const py::array& x) {
    if (x.ndim() < 2) value_error("x must be (N, C, ...), got shape ", text(shape_of(x)));
    Channels sizes{x.shape(0), x.shape(1), 1};
    for (py::ssize_t k = 2; k < x.ndim(); ++k) sizes.pixels *= x.shape(k);
    return sizes;
}

// One number for each channel of x.
py::array per_channel(const py::object& object, const char* name, const py::array& x) {
    const py::array given = array(object, name);
    check_same_dtype(given, name, x, "x");
    if (given.ndim() != 1 || given.shape(0) != x.shape(1)) {
        value_error(name, " must have one number for each of the ", x.shape(1),
                    " channels, got shape ", text(shape_of(given)));
    }
    return given;
}

std::optional<py::array> optional_per_channel(const py::object& object, const char* name,
                                              const py::array& x) {
    if (object.is_none()) return std::nullopt;
    return per_channel(object, name, x);
}

py::array new_per_channel(const py::array& x) { return new_array(x, {x.shape(1)}); }

py::array batch_norm(const py::object& x_arg, const py::object& mean_arg,
                     const py::object& scale_arg, const py::object& shift_arg,
                     const py::object& relu_arg) {
    const bool relu = flag(relu_arg, "relu");
    const py::array x = array(x_arg, "x");
    const Channels sizes = channels_of(x);
    const std::optional<py::array> mean = optional_per_channel(mean_arg, "mean", x);
    const py::array scale = per_channel(scale_arg, "scale", x);
    const std::optional<py::array> shift = optional_per_channel(shift_arg, "shift", x);
    py::array y = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *means = in<T>(mean), *scales = in<T>(scale),
                *shifts = in<T>(shift);
        T* y_out = out<T>(y);
        const Unlocked unlocked(x.size());
        planes<T>().batch_norm(sizes, x_in, means, scales, shifts, relu, y_out);
    });
    return y;
}

// scale = weight/√(var + eps): with numbers known beforehand, as arrays.py computes it.
template <class T>
std::vector<T> scales_of(const Channels& sizes, const T* var, const T* weight, double eps) {
    std::vector<T> scales(static_cast<size_t>(sizes.channels));
    for (size_t c = 0; c < scales.size(); ++c) {
        scales[c] = weight[c] * (T(1) / std::sqrt(var[c] + static_cast<T>(eps)));
    }
    return scales;
}

py::array batch_norm_fixed(const py::object& x_arg, const py::object& mean_arg,
                           const py::object& var_arg, const py::object& weight_arg,
                           const py::object& bias_arg, const py::object& eps_arg) {
    const double eps = number(eps_arg, "eps");
    const py::array x = array(x_arg, "x");
    const Channels sizes = channels_of(x);
    const py::array mean = per_channel(mean_arg, "mean", x), var = per_channel(var_arg, "var", x),
                    weight = per_channel(weight_arg, "weight", x),
                    bias = per_channel(bias_arg, "bias", x);
    py::array y = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *means = in<T>(mean), *biases = in<T>(bias);
        const std::vector<T> scales = scales_of(sizes, in<T>(var), in<T>(weight), eps);
        T* y_out = out<T>(y);
        const Unlocked unlocked(x.size());
        planes<T>().batch_norm(sizes, x_in, means, scales.data(), biases, false, y_out);
    });
    return y;
}

py::tuple batch_norm_train(const py::object& x_arg, const py::object& weight_arg,
                           const py::object& bias_arg, const py::object& eps_arg) {
    const double eps = number(eps_arg, "eps");
    const py::array x = array(x_arg, "x");
    const Channels sizes = channels_of(x);
    const py::array weight = per_channel(weight_arg, "weight", x),
                    bias = per_channel(bias_arg, "bias", x);
    if (sizes.values() == 0 && sizes.channels > 0) {
        value_error("x must have values to take the mean of, got shape ", text(shape_of(x)));
    }
    py::array y = new_array(x, shape_of(x)), mean = new_per_channel(x), var = new_per_channel(x),
              inverse = new_per_channel(x);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *weights = in<T>(weight), *biases = in<T>(bias);
        T *y_out = out<T>(y), *means = out<T>(mean), *vars = out<T>(var),
          *inverses = out<T>(inverse);
        const Unlocked unlocked(x.size());
        planes<T>().batch_norm_train(sizes, x_in, weights, biases, eps, y_out, means, vars,
                                     inverses);
    });
    return py::make_tuple(y, mean, var, inverse);
}

py::array same_as_x(const py::object& object, const char* name, const py::array& x) {
    const py::array given = array(object, name);
    check_same_dtype(given, name, x, "x");
    if (shape_of(given) != shape_of(x)) {
        value_error(name, " must have the shape of x, ", text(shape_of(x)), ", got ",
                    text(shape_of(given)));
    }
    return given;
}

py::tuple batch_norm_sums(const py::object& g_arg, const py::object& x_arg,
                          const py::object& mean_arg, const py::object& inverse_arg) {
    const py::array x = array(x_arg, "x"), g = same_as_x(g_arg, "g", x);
    const Channels sizes = channels_of(x);
    const py::array mean = per_channel(mean_arg, "mean", x),
                    inverse = per_channel(inverse_arg, "inverse", x);
    py::array gw = new_per_channel(x), gb = new_per_channel(x);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *g_in = in<T>(g), *x_in = in<T>(x), *means = in<T>(mean),
                *inverses = in<T>(inverse);
        T *gw_out = out<T>(gw), *gb_out = out<T>(gb);
        const Unlocked unlocked(x.size());
        planes<T>().batch_norm_sums(sizes, g_in, x_in, means, inverses, gw_out, gb_out);
    });
    return py::make_tuple(gw, gb);
}

py::tuple batch_norm_gradient(const py::object& g_arg, const py::object& x_arg,
                              const py::object& mean_arg, const py::object& inverse_arg,
                              const py::object& weight_arg) {
    const py::array x = array(x_arg, "x"), g = same_as_x(g_arg, "g", x);
    const Channels sizes = channels_of(x);
    const py::array mean = per_channel(mean_arg, "mean", x),
                    inverse = per_channel(inverse_arg, "inverse", x),
                    weight = per_channel(weight_arg, "weight", x);
    py::array gx = new_array(x, shape_of(x)), gw = new_per_channel(x), gb = new_per_channel(x);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *g_in = in<T>(g), *x_in = in<T>(x), *means = in<T>(mean),
                *inverses = in<T>(inverse), *weights = in<T>(weight);
        T *gx_out = out<T>(gx), *gw_out = out<T>(gw), *gb_out = out<T>(gb);
        const Unlocked unlocked(x.size());
        planes<T>().batch_norm_gradient(sizes, g_in, x_in, means, inverses, weights, gx_out,
                                        gw_out, gb_out);
    });
    return py::make_tuple(gx, gw, gb);
}

// ---- joining and cutting ----

// The product of the sizes of axes `begin` to `end`.
int64_t product(const Shape& shape, size_t begin, size_t end) {
    int64_t product = 1;
    for (size_t k = begin; k < end; ++k) product *= shape[k];
    return product;
}

size_t read_axis(const py::object& axis_arg, size_t axes) {
    const auto axis = static_cast<size_t>(integer(axis_arg, "axis", 0));
    if (axis >= axes) value_error("axis ", axis, " does not exist: there are ", axes);
    return axis;
}

py::array concatenate(const py::object& arrays_arg, const py::object& axis_arg) {
    if (!PyTuple_Check(arrays_arg.ptr()) || PyTuple_GET_SIZE(arrays_arg.ptr()) == 0) {
        type_error("give a tuple of one or more arrays, got ", type_name(arrays_arg));
    }
    const auto given = py::reinterpret_borrow<py::tuple>(arrays_arg);
    std::vector<py::array> arrays;
    for (const py::handle item : given) {
        arrays.push_back(array(py::reinterpret_borrow<py::object>(item), "each array"));
    }
    const py::array& like = arrays.front();
    Shape shape = shape_of(like);
    const size_t axis = read_axis(axis_arg, shape.size());
    int64_t length = 0;
    for (const py::array& one : arrays) {
        check_same_dtype(one, "an array", like, "the first");
        Shape other = shape_of(one);
        if (other.size() == shape.size()) {
            length += other[axis];
            other[axis] = shape[axis];
        }
        if (other != shape) {
            value_error("all sizes but that of axis ", axis, " must agree, got shapes ",
                        text(shape_of(like)), " and ", text(shape_of(one)));
        }
    }
    shape[axis] = length;
    py::array joined = new_array(like, shape);
    const int64_t rows = product(shape, 0, axis);
    const int64_t inner = product(shape, axis + 1, shape.size()) * like.itemsize();
    std::vector<Part> parts;
    for (const py::array& one : arrays) {
        parts.push_back({const_cast<void*>(one.data()),
                         one.shape(static_cast<py::ssize_t>(axis)) * inner});
    }
    void* const whole = joined.mutable_data();
    const Unlocked unlocked(joined.size());
    copy_parts(rows, length * inner, parts, whole, true);
    return joined;
}

py::list split(const py::object& x_arg, const py::object& sizes_arg, const py::object& axis_arg) {
    if (!PyTuple_Check(sizes_arg.ptr())) {
        type_error("sizes must be a tuple of ints, got ", type_name(sizes_arg));
    }
    Shape sizes;
    for (const py::handle item : py::reinterpret_borrow<py::tuple>(sizes_arg)) {
        sizes.push_back(integer(item, "each of the sizes", 0));
    }
    const py::array x = array(x_arg, "x");
    Shape shape = shape_of(x);
    const size_t axis = read_axis(axis_arg, shape.size());
    int64_t total = 0;
    for (const int64_t size : sizes) total += size;
    if (total != shape[axis]) {
        value_error("the sizes must add up to axis ", axis, " of x ", text(shape), ", got ",
                    text(sizes));
    }
    const int64_t rows = product(shape, 0, axis);
    const int64_t inner = product(shape, axis + 1, shape.size()) * x.itemsize();
    const int64_t row_bytes = shape[axis] * inner;
    py::list results;
    std::vector<Part> parts;
    for (const int64_t size : sizes) {
        shape[axis] = size;
        py::array part = new_array(x, shape);
        parts.push_back({part.mutable_data(), size * inner});
        results.append(part);
    }
    void* const whole = const_cast<void*>(x.data());
    const Unlocked unlocked(x.size());
    copy_parts(rows, row_bytes, parts, whole, false);
    return results;
}

}  // namespace

void bind_planes(py::module_& module) {
    using py::arg;
    bind_pools(module);
    module.def("batch_norm", &batch_norm, arg("x"), arg("mean"), arg("scale"), arg("shift"),
               arg("relu") = false,
               "(x - mean) scale + shift: x (N, C, ...), the others (C,); mean, shift or None.\n\n"
               "With relu=True the maximum of that and 0.");
    module.def("batch_norm_fixed", &batch_norm_fixed, arg("x"), arg("mean"), arg("var"),
               arg("weight"), arg("bias"), arg("eps"),
               "weight (x - mean) / sqrt(var + eps) + bias: x (N, C, ...), the others (C,).");
    module.def("batch_norm_train", &batch_norm_train, arg("x"), arg("weight"), arg("bias"),
               arg("eps"), "y, mean, var, 1/sqrt(var + eps) with each channel's own statistics.");
    module.def("batch_norm_sums", &batch_norm_sums, arg("g"), arg("x"), arg("mean"),
               arg("inverse"), "sum g (x - mean) inverse and sum g over each channel.");
    module.def("batch_norm_gradient", &batch_norm_gradient, arg("g"), arg("x"), arg("mean"),
               arg("inverse"), arg("weight"), "The gradients by x, weight and bias.");
    module.def("concatenate", &concatenate, arg("arrays"), arg("axis"),
               "A tuple of arrays side by side along an axis.");
    module.def("split", &split, arg("x"), arg("sizes"), arg("axis"),
               "The list of parts of x that have these sizes along an axis.");
}

}  // namespace minicnn
