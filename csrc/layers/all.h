// Every layer's kernels for the instruction set that is being compiled.
#pragma once

#include "../layers.h"

namespace minicnn {
namespace {

template <class T>
Layers<T> layer_kernels() {
    return {};
}

}  // namespace
}  // namespace minicnn
