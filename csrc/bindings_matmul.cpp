// The matrix product as a Python function. Raw arrays in, a raw array out.
#include "arguments.h"
#include "kernels.h"
#include "results.h"

namespace minicnn {
namespace {

// A matrix whose numbers lie side by side along its rows or down its columns; else a TypeError, as
// for everything else that a C loop may not walk.
struct Matrix {
    py::array array;
    int64_t rows, columns, row, column;  // the shape, and the steps in numbers

    Matrix(const py::object& object, const char* name) {
        const auto& api = py::detail::npy_api::get();
        if (Py_TYPE(object.ptr()) != api.PyArray_Type_) {
            type_error(name, " must be a numpy.ndarray, got ", type_name(object));
        }
        array = py::reinterpret_borrow<py::array>(object);
        const auto address = reinterpret_cast<uintptr_t>(array.data());
        const bool native = (is_a<float>(array) || is_a<double>(array)) &&
                            array.dtype().byteorder() == '=';
        if (!native || address % static_cast<size_t>(array.itemsize()) != 0) {
            type_error(name,
                       " must be an aligned array of float32 or float64 in native byte order");
        }
        if (array.ndim() != 2) {
            value_error(name, " must be a matrix, got shape ", text(shape_of(array)));
        }
        rows = array.shape(0);
        columns = array.shape(1);
        const int64_t size = array.itemsize();
        constexpr int64_t longest = int64_t(1) << 26;
        if (rows >= longest || columns >= longest) {
            value_error("every axis of ", name, " must be below 2**26, got shape ",
                        text(shape_of(array)));
        }
        const bool in_rows = columns <= 1 || array.strides(1) == size;
        const bool in_columns = rows <= 1 || array.strides(0) == size;
        row = in_rows ? columns : 1;
        column = in_rows ? 1 : rows;
        const bool plain = in_rows ? rows <= 1 || array.strides(0) == columns * size
                                   : in_columns && array.strides(1) == rows * size;
        if (!plain) {
            type_error(name, " must lie in memory row by row or column by column, got strides ",
                       text(Shape(array.strides(), array.strides() + 2)));
        }
    }
};

py::array matmul(const py::object& a_arg, const py::object& b_arg, const py::object& bias_arg) {
    const Matrix a(a_arg, "a"), b(b_arg, "b");
    const std::optional<py::array> bias = optional_array(bias_arg, "bias");
    check_same_dtype(a.array, "a", b.array, "b");
    if (a.columns != b.rows) {
        value_error("a and b must have shapes (I, K) and (K, J), got ", text(shape_of(a.array)),
                    " and ", text(shape_of(b.array)));
    }
    if (bias) {
        check_same_dtype(*bias, "bias", a.array, "a");
        if (bias->ndim() != 1 || bias->shape(0) != b.columns) {
            value_error("bias must have shape (", b.columns, ",), one number for each column of b, "
                        "got ", text(shape_of(*bias)));
        }
    }
    py::array c = new_array(a.array, {a.rows, b.columns});
    with_type_of(a.array, [&](auto zero) {
        using T = decltype(zero);
        const Product<T> product{a.rows, b.columns, a.columns,
                                 in<T>(a.array), a.row, a.column,
                                 in<T>(b.array), b.row, b.column,
                                 in<T>(bias), out<T>(c)};
        if (product.I == 0 || product.J == 0) return;
        py::gil_scoped_release release;
        kernels().matmul<T>()(product);
    });
    return c;
}

}  // namespace

void bind_matmul(py::module_& module) {
    using py::arg;
    module.def("matmul", &matmul, arg("a"), arg("b"), arg("bias") = py::none(),
               "c (I, J) = a (I, K) @ b (K, J) + bias (J,). a and b may each lie in memory row by "
               "row or column by column.");
}

}  // namespace minicnn
