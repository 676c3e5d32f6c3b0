// The baseline: registers of 16 bytes, which every x86-64 (SSE2) and every 64-bit Arm (NEON) has.
//
// See isa_avx512.cpp for how the levels differ: by nothing but these two lines.
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

#define MINICNN_VECTOR_BYTES 16
#define MINICNN_ISA baseline
#include "isa.h"
