// The table of points.h, filled for the instruction set that is being compiled.
#pragma once

#include "arithmetic.h"
#include "cross_entropy.h"
#include "dropout.h"
#include "points.h"
#include "relu.h"
#include "update.h"

namespace minicnn {
namespace {

template <class T>
constexpr Points<T> point_kernels() {
    return {
        points::relu<T>,
        points::relu_gradient<T>,
        points::copy<T>,
        points::add<T>,
        points::add_row<T>,
        points::scale<T>,
        points::sum<T>,
        points::dropout<T>,
        points::cross_entropy<T>,
        points::cross_entropy_gradient<T>,
        points::sgd<T>,
        points::adam<T>,
    };
}

}  // namespace
}  // namespace minicnn
