// The table of planes.h, filled with the kernels of the instruction set that is being compiled.
#pragma once

#include "batch_norm.h"
#include "max_pool.h"
#include "planes.h"
#include "sum_pool.h"

namespace minicnn {
namespace {

template <class T>
constexpr Planes<T> plane_kernels() {
    return {
        max_pool<T>,   max_pool_put<T>,     max_pool_take<T>,   sum_pool<T>, spread_pool<T>,
        batch_norm<T>, batch_norm_train<T>, batch_norm_sums<T>, batch_norm_gradient<T>,
    };
}

}  // namespace
}  // namespace minicnn
