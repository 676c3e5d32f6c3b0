#pragma once
#include "../convolution.h"
#include "loops.h"
namespace minicnn {
namespace {
template <class T>
Convolution<T> convolution_kernels() {
    return {loops::forward<T>, loops::input_gradient<T>, loops::weight_gradient<T>};
}
}  // namespace
}  // namespace minicnn
