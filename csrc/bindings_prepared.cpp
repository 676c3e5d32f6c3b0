// minicnn._ext.PreparedConvolution: a convolution that keeps its filters packed (prepared.h).
//
// As in bindings.cpp: each function computes, or raises before anything is computed.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "arguments.h"
#include "kernels.h"
#include "memory.h"
#include "results.h"
#include "window.h"

namespace minicnn {

void bind_prepared(py::module_& module);

namespace {

// Filters and bias, copied, and the filters again in each layout that was asked for so far. The
// layouts are made under a lock and never change, so that any number of threads may compute.
class PreparedConvolution {
  public:
    PreparedConvolution(const py::object& w_arg, const py::object& bias_arg,
                        const py::object& algorithm_name)
        : winograd_(algorithm(algorithm_name) == Algorithm::winograd) {
        const py::array w = array(w_arg, "w");
        const std::optional<py::array> bias = optional_array(bias_arg, "bias");
        if (w.ndim() < 3 || w.ndim() > 5) {
            value_error("w must be (O, C/groups, *kernel), got shape ", text(shape_of(w)));
        }
        if (bias) check_bias(*bias, w, "w", w.shape(0), "filters");
        w_ = copied(w);
        if (bias) bias_ = copied(*bias);
    }

    py::array forward(const py::object& x_arg, const py::object& output, const py::object& stride,
                      const py::object& padding, const py::object& dilation,
                      const py::object& groups, const py::object& added_arg,
                      const py::object& relu_arg) {
        const bool relu = flag(relu_arg, "relu");
        const Window window(output, "output", stride, padding, dilation, groups);
        const py::array x = array(x_arg, "x");
        const std::optional<py::array> added = optional_array(added_arg, "added");
        check_same_dtype(x, "x", w_, "the filters");
        check_rank(x, "x", window.axes(), "(N, C, *size)");
        check_rank(w_, "the filters", window.axes(), "(O, C/groups, *kernel)");
        const int64_t N = x.shape(0), C = x.shape(1), O = w_.shape(0);
        check_groups(C, "the channels of x", window.groups);
        check_groups(O, "the filters", window.groups);
        if (w_.shape(1) != C / window.groups) {
            value_error("x must have ", w_.shape(1) * window.groups, " channels, got shape ",
                        text(shape_of(x)));
        }
        const Shape shape = joined(N, O, window.given);
        if (added) {
            check_same_dtype(*added, "added", x, "x");
            if (shape_of(*added) != shape) {
                value_error("added must have the result's shape ", text(shape), ", got ",
                            text(shape_of(*added)));
            }
        }
        const Geometry geometry =
            make_geometry(N, C, O, spatial_of(x), spatial_of(w_), window.given, window);
        py::array y = new_array(x, shape);
        with_type_of(x, [&](auto zero) {
            using T = decltype(zero);
            const T *x_in = in<T>(x), *w_in = in<T>(w_), *bias_in = in<T>(bias_);
            const Finish<T> finish{in<T>(added), relu};
            T* y_out = out<T>(y);
            py::gil_scoped_release release;
            const Prepared<T>& kernel = kernels().prepared<T>();
            const auto* const packed = static_cast<const T*>(filters(kernel, geometry, w_in));
            kernel.forward(geometry, winograd_, x_in, packed, bias_in, finish, y_out);
        });
        return y;
    }

    size_t bytes() {
        const std::lock_guard<std::mutex> guard(mutex_);
        size_t total = 0;
        for (const auto& entry : layouts_) total += entry.second.bytes;
        return total;
    }

  private:
    struct Block {
        std::unique_ptr<void, void (*)(void*)> memory;
        size_t bytes;
    };

    bool winograd_;
    py::array w_;
    std::optional<py::array> bias_;
    std::mutex mutex_;
    std::map<int64_t, Block> layouts_;

    static py::array copied(const py::array& from) {
        py::array to = new_array(from, shape_of(from));
        std::memcpy(to.mutable_data(), from.data(), static_cast<size_t>(from.nbytes()));
        return to;
    }

    // The filters in the layout that this geometry wants. Without Python's lock: another thread
    // may be packing, and wait for it.
    template <class T>
    const void* filters(const Prepared<T>& kernel, const Geometry& geometry, const T* w) {
        const int64_t layout = kernel.layout(geometry, winograd_);
        const std::lock_guard<std::mutex> guard(mutex_);
        const auto found = layouts_.find(layout);
        if (found != layouts_.end()) return found->second.memory.get();
        const auto numbers = static_cast<size_t>(kernel.size(geometry, winograd_));
        const size_t bytes = (numbers + 1) * sizeof(T);
        Block block{{take_block(bytes), give_block}, bytes};
        kernel.pack(geometry, winograd_, w, static_cast<T*>(block.memory.get()));
        return layouts_.emplace(layout, std::move(block)).first->second.memory.get();
    }
};

}  // namespace

void bind_prepared(py::module_& module) {
    using py::arg;
    py::class_<PreparedConvolution>(
        module, "PreparedConvolution",
        "A convolution that keeps copies of w (O, C/groups, *kernel) and bias (O,) or None, in\n"
        "the order in which the kernels read them.")
        .def(py::init<const py::object&, const py::object&, const py::object&>(), arg("w"),
             arg("bias"), arg("algorithm") = "winograd")
        .def("forward", &PreparedConvolution::forward, arg("x"), arg("output"), arg("stride"),
             arg("padding"), arg("dilation"), arg("groups"), arg("added") = py::none(),
             arg("relu") = false,
             "conv_forward of x (N, C, *size), plus added (N, O, *output), if it is not None, and\n"
             "with relu=True the maximum of that and 0.")
        .def_property_readonly("bytes", &PreparedConvolution::bytes,
                               "The memory that the filters take as they are kept now.");
}

}  // namespace minicnn
