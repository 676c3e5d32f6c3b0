// Layers that work on planes of pixels: pooling, batch norm, nearest interpolation.
#pragma once

#include <cstdint>

#include "../geometry.h"

namespace minicnn {

template <class T>
struct Planes {
    int nothing_yet;
};

}  // namespace minicnn
