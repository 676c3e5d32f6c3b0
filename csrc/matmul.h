// The product of two matrices as a table entry: see matmul/product.h.
#pragma once

#include <cstdint>

namespace minicnn {

// C = A B + bias:  (I, K) @ (K, J) -> (I, J), C in rows.
template <class T>
struct Product {
    int64_t I, J, K;
    const T* a;
    int64_t a_row, a_column;  // from row to row and from column to column; one of them is 1
    const T* b;
    int64_t b_row, b_column;  // likewise
    const T* bias;            // (J), or null
    T* c;
};

template <class T>
using Matmul = void (*)(const Product<T>&);

}  // namespace minicnn
