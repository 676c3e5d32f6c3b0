// Compiles every kernel for one instruction set. Included by the isa_*.cpp files, after they have
// said which: MINICNN_VECTOR_BYTES and MINICNN_ISA, and the compiler's target.
#pragma once

#include "convolution/engine.h"
#include "convolution/prepared.h"
#include "ladder/steps.h"
#include "layers/all.h"
#include "matmul/product.h"

#define MINICNN_TEXT_OF(name) #name
#define MINICNN_TEXT(name) MINICNN_TEXT_OF(name)
#define MINICNN_JOINED_TO(a, b) a##b
#define MINICNN_JOINED(a, b) MINICNN_JOINED_TO(a, b)

namespace minicnn {

extern const Kernels MINICNN_JOINED(kernels_, MINICNN_ISA);
// constexpr, so that the table is in the file as it is. Else the compiler may write code that fills
// it when the extension is loaded: in this instruction set, on machines that have it or not.
constexpr Kernels MINICNN_JOINED(kernels_, MINICNN_ISA) = {
    MINICNN_TEXT(MINICNN_ISA),
    MINICNN_VECTOR_BYTES,
    convolution_kernels<float>(),
    convolution_kernels<double>(),
    winograd_kernels(),
    layer_kernels<float>(),
    layer_kernels<double>(),
    product<float>,
    product<double>,
    ladder_kernels<float>(),
    ladder_kernels<double>(),
    prepared_kernels<float>(),
    prepared_kernels<double>(),
};

}  // namespace minicnn
