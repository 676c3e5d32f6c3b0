// The table of what is compiled once for each instruction set.
//
// One binary serves every x86-64 machine: isa_avx512.cpp, isa_avx2.cpp and isa_baseline.cpp
// compile the same sources for registers of 64, 32 and 16 bytes, each into a table of function
// pointers, and kernels() is the best one that this machine can run. (On other machines the
// baseline is all there is: 16 bytes are NEON's registers too.)
#pragma once

#include "convolution.h"
#include "ladder.h"
#include "layers.h"
#include "matmul.h"
#include "prepared.h"

namespace minicnn {

struct Kernels {
    const char* name;  // "avx512", "avx2" or "baseline"
    int vector_bytes;
    Convolution<float> convolution_float;
    Convolution<double> convolution_double;
    Convolution<float> winograd;  // with Winograd's algorithm where it serves
    Layers<float> layers_float;
    Layers<double> layers_double;
    Matmul<float> matmul_float;
    Matmul<double> matmul_double;
    Ladder<float> ladder_float;
    Ladder<double> ladder_double;
    Prepared<float> prepared_float;
    Prepared<double> prepared_double;

    template <class T>
    const Convolution<T>& convolution() const;
    template <class T>
    const Layers<T>& layers() const;
    template <class T>
    Matmul<T> matmul() const;
    template <class T>
    const Ladder<T>& ladder() const;
    template <class T>
    const Prepared<T>& prepared() const;
};

template <>
inline const Convolution<float>& Kernels::convolution() const { return convolution_float; }
template <>
inline const Convolution<double>& Kernels::convolution() const { return convolution_double; }
template <>
inline const Layers<float>& Kernels::layers() const { return layers_float; }
template <>
inline const Layers<double>& Kernels::layers() const { return layers_double; }
template <>
inline Matmul<float> Kernels::matmul() const { return matmul_float; }
template <>
inline Matmul<double> Kernels::matmul() const { return matmul_double; }
template <>
inline const Ladder<float>& Kernels::ladder() const { return ladder_float; }
template <>
inline const Ladder<double>& Kernels::ladder() const { return ladder_double; }
template <>
inline const Prepared<float>& Kernels::prepared() const { return prepared_float; }
template <>
inline const Prepared<double>& Kernels::prepared() const { return prepared_double; }

// The level named by the environment variable MINICNN_ISA, else the best that this machine has.
// Decided once, when the extension is imported; throws std::runtime_error for a level that is
// unknown or that the machine lacks.
const Kernels& kernels();

template <class T>
const Points<T>& points() { return kernels().layers<T>().points; }
template <class T>
const Planes<T>& planes() { return kernels().layers<T>().planes; }

// What this machine can run, the best first.
const Kernels* const* usable_kernels(int* count);

}  // namespace minicnn
