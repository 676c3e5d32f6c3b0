// What works number by number (layers/points.h) as Python functions. Raw arrays in, raw arrays out.
//
// As in bindings.cpp: each function computes, or raises before anything is changed.
#include <optional>

#include "arguments.h"
#include "kernels.h"
#include "results.h"
#include "unlocked.h"

namespace minicnn {

void bind_training(py::module_& module);  // bindings_training.cpp

namespace {

py::object relu(const py::object& x_arg, const py::object& with_mask) {
    const bool wanted = flag(with_mask, "with_mask");
    const py::array x = array(x_arg, "x");
    py::array y = new_array(x, shape_of(x));
    std::optional<py::array> mask;
    if (wanted) mask = new_array(py::dtype::of<uint8_t>(), {mask_bytes(x.size())});
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        uint8_t* mask_out = mask ? out<uint8_t>(*mask) : nullptr;
        const int64_t n = x.size();
        const Unlocked unlocked(n);
        points<T>().relu(n, x_in, y_out, mask_out);
    });
    if (!wanted) return y;
    return py::make_tuple(y, *mask);
}

py::array relu_gradient(const py::object& g_arg, const py::object& mask_arg) {
    const py::array g = array(g_arg, "g");
    const py::array mask = integer_array<uint8_t>(mask_arg, "mask", "uint8");
    if (mask.size() != mask_bytes(g.size())) {
        value_error("the mask of ", g.size(), " numbers has ", mask_bytes(g.size()),
                    " bytes, got ", mask.size());
    }
    py::array gx = new_array(g, shape_of(g));
    with_type_of(g, [&](auto zero) {
        using T = decltype(zero);
        const T* g_in = in<T>(g);
        const uint8_t* mask_in = in<uint8_t>(mask);
        T* gx_out = out<T>(gx);
        const int64_t n = g.size();
        const Unlocked unlocked(n);
        points<T>().relu_gradient(n, g_in, mask_in, gx_out);
    });
    return gx;
}

py::array copy(const py::object& x_arg) {
    const py::array x = array(x_arg, "x");
    py::array y = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        const int64_t n = x.size();
        const Unlocked unlocked(n);
        points<T>().copy(n, x_in, y_out);
    });
    return y;
}

// y = a + b, where b has a's shape or that of its last axes; y may be a.
void add_into(const py::array& a, const py::array& b, py::array& y) {
    const int64_t n = a.size(), columns = b.size();
    const bool whole = same_shape(a, b);
    with_type_of(a, [&](auto zero) {
        using T = decltype(zero);
        const T *a_in = in<T>(a), *b_in = in<T>(b);
        T* y_out = out<T>(y);
        const Unlocked unlocked(n);
        if (whole) {
            points<T>().add(n, a_in, b_in, y_out);
        } else if (n > 0) {
            points<T>().add_row(n / columns, columns, a_in, b_in, y_out);
        }
    });
}

py::array add(const py::object& a_arg, const py::object& b_arg) {
    const py::array a = array(a_arg, "a"), b = array(b_arg, "b");
    check_same_dtype(a, "a", b, "b");
    if (b.ndim() > a.ndim() ||
        !std::equal(b.shape(), b.shape() + b.ndim(), a.shape() + (a.ndim() - b.ndim()))) {
        value_error("b must have the shape of a, or of a's last axes, got ", text(shape_of(a)),
                    " and ", text(shape_of(b)));
    }
    py::array y = new_array(a, shape_of(a));
    add_into(a, b, y);
    return y;
}

void add_to(const py::object& a_arg, const py::object& b_arg) {
    py::array a = array(a_arg, "a");
    const py::array b = array(b_arg, "b");
    check_alike(a, "a", b, "b");
    check_changed(a, "a", b, "b", true);
    add_into(a, b, a);
}

py::array scale(const py::object& x_arg, const py::object& k_arg) {
    const double k = number(k_arg, "k");
    const py::array x = array(x_arg, "x");
    py::array y = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        const int64_t n = x.size();
        const Unlocked unlocked(n);
        points<T>().scale(n, static_cast<T>(k), x_in, y_out);
    });
    return y;
}

py::array sum(const py::object& x_arg, const py::object& first_arg, const py::object& last_arg) {
    const int64_t first = integer(first_arg, "first", 0), last = integer(last_arg, "last", 0);
    const py::array x = array(x_arg, "x");
    if (first > last || last > x.ndim()) {
        value_error("the axes from first to last - 1 are kept: 0 <= first <= last <= ", x.ndim(),
                    ", got ", first, " and ", last);
    }
    const Shape shape = shape_of(x);
    int64_t before = 1, after = 1;
    for (int64_t k = 0; k < first; ++k) before *= shape[static_cast<size_t>(k)];
    for (int64_t k = last; k < x.ndim(); ++k) after *= shape[static_cast<size_t>(k)];
    const Shape kept(shape.begin() + first, shape.begin() + last);
    py::array y = new_array(x, kept);
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        const int64_t n = x.size(), numbers = y.size();
        const Unlocked unlocked(n);
        points<T>().sum(before, numbers, after, x_in, y_out);
    });
    return y;
}

py::array dropout(const py::object& x_arg, const py::object& key_arg,
                  const py::object& threshold_arg, const py::object& scale_arg) {
    if (!is_int(key_arg)) type_error("key must be an int, got ", type_name(key_arg));
    const uint64_t key = PyLong_AsUnsignedLongLong(key_arg.ptr());
    if (PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        value_error("key must be from 0 to 2**64 - 1");
    }
    if (!is_int(threshold_arg)) {
        type_error("threshold must be an int, got ", type_name(threshold_arg));
    }
    int overflow = 0;
    const int64_t threshold = PyLong_AsLongLongAndOverflow(threshold_arg.ptr(), &overflow);
    if (overflow != 0 || threshold < 0 || threshold >= int64_t(1) << 32) {
        value_error("threshold must be from 0 to 2**32 - 1");
    }
    const double scale = number(scale_arg, "scale");
    const py::array x = array(x_arg, "x");
    py::array y = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        T* y_out = out<T>(y);
        const int64_t n = x.size();
        const Unlocked unlocked(n);
        points<T>().dropout(n, key, static_cast<uint32_t>(threshold), static_cast<T>(scale), x_in,
                            y_out);
    });
    return y;
}

// Whether the memory of x is a block of the pool (and so seen by nobody but x and views of x).
bool in_pool(const py::object& object) {
    const auto& api = py::detail::npy_api::get();
    if (Py_TYPE(object.ptr()) != api.PyArray_Type_) {
        type_error("x must be a numpy.ndarray, got ", type_name(object));
    }
    const py::object base = py::reinterpret_borrow<py::array>(object).base();
    return base && PyCapsule_IsValid(base.ptr(), block_name) != 0;
}

}  // namespace

void bind_points(py::module_& module) {
    using py::arg;
    module.def("relu", &relu, arg("x"), arg("with_mask"),
               "y = max(x, 0), NaN where x is NaN; with_mask: (y, mask), a bit for each y > 0.");
    module.def("relu_gradient", &relu_gradient, arg("g"), arg("mask"),
               "g where the mask that relu returned has a one, else 0.");
    module.def("copy", &copy, arg("x"), "A copy of x.");
    module.def("in_pool", &in_pool, arg("x"), "Whether x itself is a result in pooled memory.");
    module.def("add", &add, arg("a"), arg("b"),
               "a + b; b has the shape of a, or that of a's last axes.");
    module.def("add_to", &add_to, arg("a"), arg("b"), "a += b, in place, for equal shapes.");
    module.def("scale", &scale, arg("x"), arg("k"), "k x for a number k.");
    module.def("sum", &sum, arg("x"), arg("first"), arg("last"),
               "x summed over all axes but those from first to last - 1.");
    module.def("dropout", &dropout, arg("x"), arg("key"), arg("threshold"), arg("scale"),
               "x scale where the random number of 32 bits that key gives the place is threshold\n"
               "or more, x 0 elsewhere.");
    bind_training(module);
}

}  // namespace minicnn
