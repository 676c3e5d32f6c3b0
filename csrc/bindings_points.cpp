// The layers and updates of layers/points.h as Python functions. Raw arrays in, raw arrays out.
//
// As in bindings.cpp: each function computes, or raises before anything is changed.
#include <cmath>
#include <optional>

#include "arguments.h"
#include "kernels.h"
#include "results.h"

namespace minicnn {
namespace {

// Lets go of Python's lock while there is much to do. (For little, asking for it back may take
// longer than the work.)
class Unlocked {
  public:
    explicit Unlocked(int64_t numbers) {
        if (numbers >= 1 << 14) release_.emplace();
    }

  private:
    std::optional<py::gil_scoped_release> release_;
};

template <class T>
const Points<T>& points() {
    return kernels().layers<T>().points;
}

// A C-contiguous array of integers of type U, which stand for something: labels, a mask.
template <class U>
py::array integer_array(const py::object& object, const char* name, const char* dtype) {
    const auto& api = py::detail::npy_api::get();
    if (Py_TYPE(object.ptr()) != api.PyArray_Type_) {
        type_error(name, " must be a numpy.ndarray, got ", type_name(object));
    }
    const auto given = py::reinterpret_borrow<py::array>(object);
    const auto address = reinterpret_cast<uintptr_t>(given.data());
    if (!is_a<U>(given) || given.dtype().byteorder() == '>' || given.dtype().byteorder() == '<' ||
        !(given.flags() & py::array::c_style) || address % sizeof(U) != 0) {
        type_error(name, " must be a C-contiguous, aligned array of ", dtype, ", got ",
                   py::repr(given.dtype()).cast<std::string>());
    }
    return given;
}

bool same_shape(const py::array& a, const py::array& b) {
    return a.ndim() == b.ndim() && std::equal(a.shape(), a.shape() + a.ndim(), b.shape());
}

void check_alike(const py::array& a, const char* a_name, const py::array& b, const char* b_name) {
    check_same_dtype(a, a_name, b, b_name);
    if (!same_shape(a, b)) {
        value_error(a_name, " and ", b_name, " must have the same shape, got ", text(shape_of(a)),
                    " and ", text(shape_of(b)));
    }
}

// An array that is changed in place: it may be written to, and shares no memory with `other`,
// unless the two are one and the same.
void check_changed(const py::array& array, const char* name, const py::array& other,
                   const char* other_name, bool may_be_one) {
    if (!array.writeable()) value_error(name, " is changed in place, but it is read-only");
    const auto a = reinterpret_cast<uintptr_t>(array.data());
    const auto b = reinterpret_cast<uintptr_t>(other.data());
    const auto a_bytes = static_cast<uintptr_t>(array.nbytes());
    const auto b_bytes = static_cast<uintptr_t>(other.nbytes());
    if (a_bytes == 0 || b_bytes == 0 || (may_be_one && a == b)) return;
    if (a < b + b_bytes && b < a + a_bytes) {
        value_error(name, " is changed in place and shares memory with ", other_name);
    }
}

// ------------------------------------------------------------------------------------------------

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

// ------------------------------------------------------------------------------------------------

struct Scores {
    int64_t N, C, P, ignored;
    Shape targets;  // (N, ...)

    Scores(const py::array& x, const py::array& labels, const py::object& ignored_arg) {
        int overflow = 0;
        ignored = is_int(ignored_arg)
                      ? PyLong_AsLongLongAndOverflow(ignored_arg.ptr(), &overflow)
                      : 0;
        if (!is_int(ignored_arg) || overflow != 0) {
            type_error("ignored must be an int of 64 bits, got ", type_name(ignored_arg));
        }
        if (x.ndim() < 2) value_error("x must be (N, C, ...), got shape ", text(shape_of(x)));
        N = x.shape(0);
        C = x.shape(1);
        P = 1;
        for (py::ssize_t k = 2; k < x.ndim(); ++k) P *= x.shape(k);
        targets = shape_of(x);
        targets.erase(targets.begin() + 1);
        if (shape_of(labels) != targets) {
            value_error("the labels for x ", text(shape_of(x)), " must have shape ", text(targets),
                        ", got ", text(shape_of(labels)));
        }
        const int64_t* label = in<int64_t>(labels);
        for (int64_t k = 0; k < N * P; ++k) {
            if ((label[k] < 0 || label[k] >= C) && label[k] != ignored) {
                throw py::index_error(message("label ", label[k], " is outside 0 to ", C - 1));
            }
        }
    }
};

py::tuple cross_entropy(const py::object& x_arg, const py::object& labels_arg,
                        const py::object& ignored) {
    const py::array x = array(x_arg, "x");
    const py::array labels = integer_array<int64_t>(labels_arg, "labels", "int64");
    const Scores scores(x, labels, ignored);
    py::array losses = new_array(x, scores.targets);
    py::array rows = new_array(x, {2, scores.N, scores.P});
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T* x_in = in<T>(x);
        const int64_t* label = in<int64_t>(labels);
        T *losses_out = out<T>(losses), *rows_out = out<T>(rows);
        const Unlocked unlocked(x.size());
        points<T>().cross_entropy(scores.N, scores.C, scores.P, x_in, label, scores.ignored,
                                  losses_out, rows_out);
    });
    return py::make_tuple(losses, rows);
}

py::array cross_entropy_gradient(const py::object& g_arg, const py::object& x_arg,
                                 const py::object& labels_arg, const py::object& ignored,
                                 const py::object& rows_arg) {
    const py::array g = array(g_arg, "g"), x = array(x_arg, "x"), rows = array(rows_arg, "rows");
    const py::array labels = integer_array<int64_t>(labels_arg, "labels", "int64");
    const Scores scores(x, labels, ignored);
    check_same_dtype(g, "g", x, "x");
    check_same_dtype(rows, "rows", x, "x");
    if (g.ndim() != 0 && shape_of(g) != scores.targets) {
        value_error("g must be one number, or one for each label, ", text(scores.targets),
                    ", got shape ", text(shape_of(g)));
    }
    if (shape_of(rows) != Shape{2, scores.N, scores.P}) {
        value_error("rows must be what cross_entropy returned for x, of shape ",
                    text({2, scores.N, scores.P}), ", got ", text(shape_of(rows)));
    }
    py::array gx = new_array(x, shape_of(x));
    with_type_of(x, [&](auto zero) {
        using T = decltype(zero);
        const T *x_in = in<T>(x), *g_in = in<T>(g), *rows_in = in<T>(rows);
        const int64_t* label = in<int64_t>(labels);
        const int64_t g_step = g.ndim() == 0 ? 0 : 1;
        T* gx_out = out<T>(gx);
        const Unlocked unlocked(x.size());
        points<T>().cross_entropy_gradient(scores.N, scores.C, scores.P, x_in, label,
                                           scores.ignored, rows_in, g_in, g_step, gx_out);
    });
    return gx;
}

// ------------------------------------------------------------------------------------------------

void sgd(const py::object& p_arg, const py::object& g_arg, const py::object& velocity_arg,
         const py::object& lr, const py::object& momentum, const py::object& dampening,
         const py::object& weight_decay, const py::object& nesterov) {
    const SgdOptions options{number(lr, "lr"), number(momentum, "momentum"),
                             number(dampening, "dampening"), number(weight_decay, "weight_decay"),
                             flag(nesterov, "nesterov")};
    py::array p = array(p_arg, "p");
    const py::array g = array(g_arg, "g");
    std::optional<py::array> velocity = optional_array(velocity_arg, "velocity");
    check_alike(g, "g", p, "p");
    check_changed(p, "p", g, "g", false);
    if (velocity) {
        check_alike(*velocity, "velocity", p, "p");
        check_changed(*velocity, "velocity", p, "p", false);
        check_changed(*velocity, "velocity", g, "g", false);
    }
    with_type_of(p, [&](auto zero) {
        using T = decltype(zero);
        const T* g_in = in<T>(g);
        T *p_out = out<T>(p), *velocity_out = velocity ? out<T>(*velocity) : nullptr;
        const int64_t n = p.size();
        const Unlocked unlocked(n);
        points<T>().sgd(n, p_out, g_in, velocity_out, options);
    });
}

void adam(const py::object& p_arg, const py::object& g_arg, const py::object& first_arg,
          const py::object& second_arg, const py::object& largest_arg, const py::object& step,
          const py::object& lr, const py::object& beta1, const py::object& beta2,
          const py::object& eps, const py::object& weight_decay, const py::object& decoupled) {
    AdamOptions options{number(lr, "lr"),       number(beta1, "beta1"),
                        number(beta2, "beta2"), number(eps, "eps"),
                        number(weight_decay, "weight_decay"),
                        flag(decoupled, "decoupled"), 1, 1};
    const auto t = static_cast<double>(integer(step, "step", 1));
    options.correction1 = 1 - std::pow(options.beta1, t);
    options.correction2 = std::sqrt(1 - std::pow(options.beta2, t));
    py::array p = array(p_arg, "p"), first = array(first_arg, "first");
    py::array second = array(second_arg, "second");
    const py::array g = array(g_arg, "g");
    std::optional<py::array> largest = optional_array(largest_arg, "largest");
    check_alike(g, "g", p, "p");
    check_alike(first, "first", p, "p");
    check_alike(second, "second", p, "p");
    check_changed(p, "p", g, "g", false);
    for (const auto& [moment, name] : {std::pair(&first, "first"), std::pair(&second, "second")}) {
        check_changed(*moment, name, p, "p", false);
        check_changed(*moment, name, g, "g", false);
    }
    check_changed(first, "first", second, "second", false);
    if (largest) {
        check_alike(*largest, "largest", p, "p");
        for (const auto& [other, name] :
             {std::pair(&p, "p"), std::pair(&first, "first"), std::pair(&second, "second")}) {
            check_changed(*largest, "largest", *other, name, false);
        }
        check_changed(*largest, "largest", g, "g", false);
    }
    with_type_of(p, [&](auto zero) {
        using T = decltype(zero);
        const T* g_in = in<T>(g);
        T *p_out = out<T>(p), *first_out = out<T>(first), *second_out = out<T>(second);
        T* largest_out = largest ? out<T>(*largest) : nullptr;
        const int64_t n = p.size();
        const Unlocked unlocked(n);
        points<T>().adam(n, p_out, g_in, first_out, second_out, largest_out, options);
    });
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
    module.def("cross_entropy", &cross_entropy, arg("x"), arg("labels"), arg("ignored"),
               "(losses, rows): -ln softmax(x)[label] for scores x (N, C, ...) and int64 labels\n"
               "(N, ...), 0 where the label is ignored; rows is for the gradient.");
    module.def("cross_entropy_gradient", &cross_entropy_gradient, arg("g"), arg("x"),
               arg("labels"), arg("ignored"), arg("rows"),
               "g (softmax(x)[c] - [c = label]) for each class c, 0 where the label is ignored.\n"
               "g: one number, or one for each label.");
    module.def("sgd", &sgd, arg("p"), arg("g"), arg("velocity"), arg("lr"), arg("momentum"),
               arg("dampening"), arg("weight_decay"), arg("nesterov"),
               "One step of SGD: p and velocity (or None) are changed in place.");
    module.def("adam", &adam, arg("p"), arg("g"), arg("first"), arg("second"), arg("largest"),
               arg("step"), arg("lr"), arg("beta1"), arg("beta2"), arg("eps"),
               arg("weight_decay"), arg("decoupled"),
               "One step of Adam: p, the moments and largest (or None) are changed in place.");
}

}  // namespace minicnn
