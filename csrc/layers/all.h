// Every layer's kernels for the instruction set that is being compiled.
#pragma once

#include "../layers.h"
#include "planes_table.h"
#include "points_table.h"

namespace minicnn {
namespace {

template <class T>
constexpr Layers<T> layer_kernels() {
    return {plane_kernels<T>(), point_kernels<T>()};
}

}  // namespace
}  // namespace minicnn
