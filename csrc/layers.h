// What stands round the convolutions, as one table for each number type: see layers/.
#pragma once

#include "layers/planes.h"
#include "layers/points.h"

namespace minicnn {

template <class T>
struct Layers {
    Planes<T> planes;
    Points<T> points;
};

}  // namespace minicnn
