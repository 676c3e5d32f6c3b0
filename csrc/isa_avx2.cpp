// AVX2: 16 registers of 32 bytes, fused multiply-add.
//
// The system's headers come first: what they define inline must stay fit for every machine, as
// the linker may keep this file's copy for all.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels.h"
#include "memory.h"
#include "parallel.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,bmi,bmi2")
#endif

#define MINICNN_VECTOR_BYTES 32
#define MINICNN_ISA avx2
#include "isa.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
