// What a training step needs after the layers, softmax cross-entropy and the optimisers' updates
// (layers/points.h), as Python functions. Raw arrays in; raw arrays out, or changed in place.
//
// As in bindings.cpp: each function computes, or raises before anything is changed.
#include <cmath>
#include <optional>
#include <utility>

#include "arguments.h"
#include "kernels.h"
#include "results.h"
#include "unlocked.h"

namespace minicnn {

void bind_training(py::module_& module);

namespace {

// ---- softmax cross-entropy ----

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

// ---- updates ----

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

void bind_training(py::module_& module) {
    using py::arg;
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
