// The window of a convolution as Python hands it over, checked, and the Geometry that it makes.
#pragma once

#include "arguments.h"
#include "geometry.h"

#include <string>

namespace minicnn {

// What the three functions have in common. Reading it runs Python code (an int-like object's
// __index__), so it is done before any array is looked at.
struct Window {
    Shape given;  // the spatial shape of the result: output, size or kernel
    Shape stride, padding, dilation;
    int64_t groups;

    Window(const py::object& result, const char* result_name, const py::object& stride_arg,
           const py::object& padding_arg, const py::object& dilation_arg,
           const py::object& groups_arg)
        : given(integers(result, result_name, 0)),
          stride(integers(stride_arg, "stride", 1, given.size())),
          padding(integers(padding_arg, "padding", 0, given.size())),
          dilation(integers(dilation_arg, "dilation", 1, given.size())),
          groups(integer(groups_arg, "groups", 1)) {}

    size_t axes() const { return given.size(); }
};

inline void check_groups(int64_t channels, const char* what, int64_t groups) {
    if (channels % groups != 0) {
        value_error(what, " (", channels, ") must be divisible by groups (", groups, ")");
    }
}

inline void check_bias(const py::array& bias, const py::array& other, const char* other_name,
                       int64_t channels, const char* what) {
    check_same_dtype(bias, "bias", other, other_name);
    if (bias.ndim() != 1 || bias.shape(0) != channels) {
        value_error("bias must have one value for each of the ", channels, " ", what,
                    ", got shape ", text(shape_of(bias)));
    }
}

// The shape (first, second, *spatial).
inline Shape joined(int64_t first, int64_t second, const Shape& spatial) {
    Shape shape{first, second};
    shape.insert(shape.end(), spatial.begin(), spatial.end());
    return shape;
}

inline Shape spatial_of(const py::array& array) {
    return Shape(array.shape() + 2, array.shape() + array.ndim());
}

inline Geometry make_geometry(int64_t batch, int64_t channels, int64_t out_channels,
                              const Shape& size, const Shape& kernel, const Shape& output,
                              const Window& window) {
    Geometry geometry;
    geometry.batch = batch;
    geometry.channels = channels;
    geometry.out_channels = out_channels;
    geometry.groups = window.groups;
    const size_t first = 3 - window.axes();  // the axes before it keep their size of 1
    for (size_t k = 0; k < window.axes(); ++k) {
        geometry.axis[first + k] = {size[k],          kernel[k],         output[k],
                                    window.stride[k], window.padding[k], window.dilation[k]};
    }
    return geometry;
}

// Which kernels compute: "direct", or "winograd", which is the same but where Winograd's algorithm
// serves.
enum class Algorithm { direct, winograd };

inline Algorithm algorithm(const py::object& name) {
    if (!PyUnicode_Check(name.ptr())) {
        type_error("algorithm must be a str, got ", type_name(name));
    }
    const auto is = [&](const char* text) {
        return PyUnicode_CompareWithASCIIString(name.ptr(), text) == 0;
    };
    if (is("direct")) return Algorithm::direct;
    if (is("winograd")) return Algorithm::winograd;
    value_error("algorithm must be 'direct' or 'winograd', got ",
                py::repr(name).cast<std::string>());
}

}  // namespace minicnn
