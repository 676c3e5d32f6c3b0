// What is done with results while they are in the cache: see Finish in ../prepared.h.
#pragma once

#include "../prepared.h"

namespace minicnn {
namespace {

template <class T>
bool nothing(const Finish<T>& finish) {
    return finish.added == nullptr && !finish.relu;
}

// For `count` results that begin `offset` numbers into y.
template <class T>
void apply(const Finish<T>& finish, T* y, int64_t offset, int64_t count) {
    T* __restrict to = y + offset;
    if (finish.added != nullptr) {
        const T* __restrict from = finish.added + offset;
        for (int64_t k = 0; k < count; ++k) to[k] += from[k];
    }
    if (finish.relu) {
        for (int64_t k = 0; k < count; ++k) to[k] = to[k] <= T(0) ? T(0) : to[k];
    }
}

}  // namespace
}  // namespace minicnn
