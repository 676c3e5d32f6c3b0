// Pooling (layers/planes.h) as Python functions. Raw arrays in, raw arrays out.
//
// As in bindings.cpp: each function computes, or raises before anything is computed.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>

#include "arguments.h"
#include "kernels.h"
#include "results.h"
#include "unlocked.h"

namespace minicnn {

void bind_pools(py::module_& module);

namespace {

// The ints of a tuple, one for each spatial axis, into one number of each of the last axes of a
// geometry.
void read(const py::object& tuple, const char* name, int64_t least, size_t axes, Geometry& geometry,
          int64_t Axis::* number) {
    const Shape values = integers(tuple, name, least, axes);
    for (size_t k = 0; k < axes; ++k) geometry.axis[3 - axes + k].*number = values[k];
}

// How a pooling window slides, as Python hands it over. Reading it may run Python code (an
// int-like object's __index__), so it is done before any array is looked at.
Geometry read_window(const py::object& kernel, const py::object& stride, const py::object& padding,
                     const py::object& dilation, size_t* axes) {
    if (!PyTuple_Check(kernel.ptr()) || PyTuple_GET_SIZE(kernel.ptr()) < 1 ||
        PyTuple_GET_SIZE(kernel.ptr()) > 3) {
        integers(kernel, "kernel", 1);  // raises
    }
    *axes = static_cast<size_t>(PyTuple_GET_SIZE(kernel.ptr()));
    Geometry geometry;
    read(kernel, "kernel", 1, *axes, geometry, &Axis::kernel);
    read(stride, "stride", 1, *axes, geometry, &Axis::stride);
    read(padding, "padding", 0, *axes, geometry, &Axis::padding);
    read(dilation, "dilation", 1, *axes, geometry, &Axis::dilation);
    int64_t taps = 1;
    for (const Axis& axis : geometry.axis) {
        if (taps * axis.kernel >= too_large) {
            value_error("a window has less than 2**31 taps, got kernel ",
                        py::str(kernel).cast<std::string>());
        }
        taps *= axis.kernel;
    }
    return geometry;
}

// The spatial axes of an array (N, C, ...) as one number of each axis.
void take_spatial(const py::array& array, const char* name, size_t axes, const char* layout,
                  Geometry& geometry, int64_t Axis::* number) {
    check_rank(array, name, axes, layout);
    geometry.batch = array.shape(0);
    geometry.channels = geometry.out_channels = array.shape(1);
    for (size_t k = 0; k < axes; ++k) {
        geometry.axis[3 - axes + k].*number = array.shape(static_cast<py::ssize_t>(k) + 2);
    }
}

Shape shape_with(const Geometry& geometry, size_t axes, int64_t Axis::* number) {
    Shape shape{geometry.batch, geometry.channels};
    for (size_t k = 3 - axes; k < 3; ++k) shape.push_back(geometry.axis[k].*number);
    return shape;
}

// ---- max pooling ----

// The bytes that hold the number of a tap, and one more: 255 taps fit into a byte.
int winner_bytes(const Geometry& geometry) {
    return geometry.taps() < 256 ? 1 : geometry.taps() < 65536 ? 2 : 4;
}

py::dtype winner_dtype(int bytes) {
    if (bytes == 1) return py::dtype::of<uint8_t>();
    return bytes == 2 ? py::dtype::of<uint16_t>() : py::dtype::of<uint32_t>();
}

// The winners of the windows of an array of this shape, as max_pool made them.
py::array winner_array(const py::object& object, const Geometry& geometry, const Shape& shape) {
    if (Py_TYPE(object.ptr()) != py::detail::npy_api::get().PyArray_Type_) {
        type_error("winner must be a numpy.ndarray, got ", type_name(object));
    }
    const auto given = py::reinterpret_borrow<py::array>(object);
    const py::dtype wanted = winner_dtype(winner_bytes(geometry));
    const auto address = reinterpret_cast<uintptr_t>(given.data());
    if (!given.dtype().equal(wanted) || !(given.flags() & py::array::c_style) ||
        (given.size() > 0 && address % static_cast<size_t>(given.itemsize()) != 0)) {
        type_error("winner must be a C-contiguous, aligned array of ",
                   py::str(wanted).cast<std::string>(), ", got ",
                   py::repr(given.dtype()).cast<std::string>());
    }
    if (shape_of(given) != shape) {
        value_error("winner must have the shape of the windows, ", text(shape), ", got ",
                    text(shape_of(given)));
    }
    return given;
}

py::tuple max_pool(const py::object& x_arg, const py::object& kernel, const py::object& output,
                   const py::object& stride, const py::object& padding,
                   const py::object& dilation) {
    size_t axes = 0;
    Geometry geometry = read_window(kernel, stride, padding, dilation, &axes);
    read(output, "output", 0, axes, geometry, &Axis::output);
    const py::array x = array(x_arg, "x");
    take_spatial(x, "x", axes, "(N, C, *size)", geometry, &Axis::size);
    const Shape shape = shape_with(geometry, axes, &Axis::output);
    const int bytes = winner_bytes(geometry);
    py::array y = new_array(x, shape), winner = new_array(winner_dtype(bytes), shape);
    void* const winner_out = winner.mutable_data();
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        const Unlocked unlocked(x.size());
        planes<T>().max_pool(geometry, x_in, y_out, winner_out, bytes);
    });
    return py::make_tuple(y, winner);
}

py::array max_pool_put(const py::object& g_arg, const py::object& winner_arg,
                       const py::object& size, const py::object& kernel, const py::object& stride,
                       const py::object& padding, const py::object& dilation) {
    size_t axes = 0;
    Geometry geometry = read_window(kernel, stride, padding, dilation, &axes);
    read(size, "size", 0, axes, geometry, &Axis::size);
    const py::array g = array(g_arg, "g");
    take_spatial(g, "g", axes, "(N, C, *output)", geometry, &Axis::output);
    const py::array winner = winner_array(winner_arg, geometry, shape_of(g));
    py::array x = new_array(g, shape_with(geometry, axes, &Axis::size));
    with_type_of(g, [&](auto zero) {
        using T = decltype(zero);
        const T* g_in = in<T>(g);
        const void* winner_in = winner.data();
        T* x_out = out<T>(x);
        const Unlocked unlocked(x.size());
        planes<T>().max_pool_put(geometry, g_in, winner_in, winner_bytes(geometry), x_out);
    });
    return x;
}

py::array max_pool_take(const py::object& x_arg, const py::object& winner_arg,
                        const py::object& kernel, const py::object& output,
                        const py::object& stride, const py::object& padding,
                        const py::object& dilation) {
    size_t axes = 0;
    Geometry geometry = read_window(kernel, stride, padding, dilation, &axes);
    read(output, "output", 0, axes, geometry, &Axis::output);
    const py::array x = array(x_arg, "x");
    take_spatial(x, "x", axes, "(N, C, *size)", geometry, &Axis::size);
    const Shape shape = shape_with(geometry, axes, &Axis::output);
    const py::array winner = winner_array(winner_arg, geometry, shape);
    py::array y = new_array(x, shape);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        const void* winner_in = winner.data();
        T* y_out = out<T>(y);
        const Unlocked unlocked(x.size());
        planes<T>().max_pool_take(geometry, x_in, winner_in, winner_bytes(geometry), y_out);
    });
    return y;
}

// ---- sum pooling ----

// What sums are multiplied by: a number, or an array with one for each place of the output.
struct Share {
    double all = 1;
    std::optional<py::array> each;

    Share(const py::object& given, const py::array& beside, const char* its_name,
          const Geometry& geometry, size_t axes) {
        if (PyFloat_CheckExact(given.ptr())) {
            all = PyFloat_AS_DOUBLE(given.ptr());
            return;
        }
        if (Py_TYPE(given.ptr()) != py::detail::npy_api::get().PyArray_Type_) {
            type_error("share must be a float or a numpy.ndarray, got ", type_name(given));
        }
        each = array(given, "share");
        check_same_dtype(*each, "share", beside, its_name);
        Shape places = shape_with(geometry, axes, &Axis::output);
        places.erase(places.begin(), places.begin() + 2);
        if (shape_of(*each) != places) {
            value_error("share must have the shape of the output, ", text(places), ", got ",
                        text(shape_of(*each)));
        }
    }
};

py::array sum_pool(const py::object& x_arg, const py::object& share_arg, const py::object& kernel,
                   const py::object& output, const py::object& stride, const py::object& padding,
                   const py::object& dilation) {
    size_t axes = 0;
    Geometry geometry = read_window(kernel, stride, padding, dilation, &axes);
    read(output, "output", 0, axes, geometry, &Axis::output);
    const py::array x = array(x_arg, "x");
    take_spatial(x, "x", axes, "(N, C, *size)", geometry, &Axis::size);
    const Share share(share_arg, x, "x", geometry, axes);
    py::array y = new_array(x, shape_with(geometry, axes, &Axis::output));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *shares = in<T>(share.each);
        T* y_out = out<T>(y);
        const Unlocked unlocked(x.size());
        planes<T>().sum_pool(geometry, x_in, shares, static_cast<T>(share.all), y_out);
    });
    return y;
}

py::array spread_pool(const py::object& g_arg, const py::object& share_arg, const py::object& size,
                      const py::object& kernel, const py::object& stride,
                      const py::object& padding, const py::object& dilation) {
    size_t axes = 0;
    Geometry geometry = read_window(kernel, stride, padding, dilation, &axes);
    read(size, "size", 0, axes, geometry, &Axis::size);
    const py::array g = array(g_arg, "g");
    take_spatial(g, "g", axes, "(N, C, *output)", geometry, &Axis::output);
    const Share share(share_arg, g, "g", geometry, axes);
    py::array x = new_array(g, shape_with(geometry, axes, &Axis::size));
    with_type_of(g, [&](auto zero) {
        using T = decltype(zero);
        const T *g_in = in<T>(g), *shares = in<T>(share.each);
        T* x_out = out<T>(x);
        const Unlocked unlocked(x.size());
        planes<T>().spread_pool(geometry, g_in, shares, static_cast<T>(share.all), x_out);
    });
    return x;
}

}  // namespace

void bind_pools(py::module_& module) {
    using py::arg;
    module.def("max_pool", &max_pool, arg("x"), arg("kernel"), arg("output"), arg("stride"),
               arg("padding"), arg("dilation"),
               "y, winner (N, C, *output): the largest pixel of each window, and its tap.");
    module.def("max_pool_put", &max_pool_put, arg("g"), arg("winner"), arg("size"), arg("kernel"),
               arg("stride"), arg("padding"), arg("dilation"),
               "x (N, C, *size): each entry of g added to the pixel under its window's winner.");
    module.def("max_pool_take", &max_pool_take, arg("x"), arg("winner"), arg("kernel"),
               arg("output"), arg("stride"), arg("padding"), arg("dilation"),
               "y (N, C, *output): the pixel under the winner of each window.");
    module.def("sum_pool", &sum_pool, arg("x"), arg("share"), arg("kernel"), arg("output"),
               arg("stride"), arg("padding"), arg("dilation"),
               "y (N, C, *output): the sum over each window, times share (a float or *output).");
    module.def("spread_pool", &spread_pool, arg("g"), arg("share"), arg("size"), arg("kernel"),
               arg("stride"), arg("padding"), arg("dilation"),
               "x (N, C, *size): each entry of g, times its share, added to its window's pixels.");
}

}  // namespace minicnn
