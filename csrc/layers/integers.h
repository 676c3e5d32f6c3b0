// Registers of integers beside registers of floats.
#pragma once

#include "../vector.h"

namespace minicnn {
namespace {

template <class T>
struct IntegerOf;
template <>
struct IntegerOf<float> {
    using type = int32_t;
};
template <>
struct IntegerOf<double> {
    using type = int64_t;
};

// As many integers as a register has lanes of T, and each as wide: comparing two registers of
// floats gives such a one, all bits set where it is true.
template <class T>
using Integers = Vector<typename IntegerOf<T>::type, lanes<T>>;

}  // namespace
}  // namespace minicnn
