// Layers and updates that work number by number: ReLU, dropout, addition, losses, optimisers.
#pragma once

#include <cstdint>

namespace minicnn {

template <class T>
struct Points {
    int nothing_yet;
};

}  // namespace minicnn
