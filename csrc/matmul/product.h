// The matrix product, C = A B + bias, with the tiles of the convolution.
//
// A tile of C is R rows × V vectors of columns: at each k it spreads R numbers of A and multiplies
// them with V vectors of B. So of B a panel of V vectors' columns is packed, row by row, for a
// block of k that stays in the second-level cache; A is read as it lies, along its rows or down
// its columns. That serves all three products of a linear layer,
//
//     y = x Wᵀ + b,    gx = g W,    gw = gᵀ x
//
// with Wᵀ and gᵀ being the same memory, read the other way.
//
// A few rows of A against a W that is read once (a classifier's last layers, for a few images) are
// another matter: packing W would cost more than the product. There the lanes run along k, and
// each result is a dot product, its lanes added up at the end.
#pragma once

#include "../convolution/channels_last.h"
#include "../convolution/tile.h"
#include "../convolution/weight_gradient.h"
#include "../matmul.h"
#include "../memory.h"
#include "../parallel.h"

namespace minicnn {
namespace {

constexpr int64_t k_block = 384;  // rows of B in a packed panel: 48 KB of floats with 2 vectors
constexpr int rows_along = most_taps;                // R where A is read along its rows,
constexpr int rows_down = most_accumulators / 2;     // and where it is read down its columns

// c (R rows of J) = or += a block of k's share.
template <class T, int R, int V, bool along>
void matmul_tile(const T* a, const int32_t* at, const T* panel, int64_t K, const T* bias,
                 bool first, int64_t columns, T* c, int64_t J) {
    constexpr int L = lanes<T>;
    const bool whole = columns >= V * L;
    T edge[R * V * L];
    T* const to = whole ? c : edge;
    const int64_t step = whole ? J : V * L;
    Vector<T> acc[R][V];
    if (!whole && !first) {
        for (int r = 0; r < R; ++r) copy(edge + r * V * L, c + r * J, columns);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q)
            acc[r][q] = first ? load(bias + q * L) : load(to + r * step + q * L);
    }
    if constexpr (along) {
        add_pixels<T, R, V, L>(acc, a, at, 0, panel, 1, K);
    } else {
        add_filtered(acc, SideBySide<T>{a}, at, panel, K);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) store(to + r * step + q * L, acc[r][q]);
    }
    if (!whole) {
        for (int r = 0; r < R; ++r) copy(c + r * J, edge + r * V * L, columns);
    }
}

template <class T>
using MatmulFunction = void (*)(const T*, const int32_t*, const T*, int64_t, const T*, bool,
                                int64_t, T*, int64_t);

template <class T, int V, bool along, int... R>
MatmulFunction<T> matmul_tile_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr MatmulFunction<T> functions[] = {matmul_tile<T, R + 1, V, along>...};
    return functions[rows - 1];
}

template <class T, int V>
MatmulFunction<T> matmul_tile_for(int64_t rows, bool along) {
    return along ? matmul_tile_of<T, V, true>(rows, std::make_integer_sequence<int, rows_along>())
                 : matmul_tile_of<T, V, false>(rows, std::make_integer_sequence<int, rows_down>());
}

// B's rows k0 .. k0 + count − 1 and columns j0 .. as (count, width), zeros beyond the last column.
template <class T>
void pack_rows(const Product<T>& p, int64_t k0, int64_t count, int64_t j0, int64_t width, T* to) {
    const int64_t columns = std::min(width, p.J - j0);
    if (p.b_column != 1) {
        channels_last(p.b + k0 * p.b_row + j0 * p.b_column, p.b_column, columns, count, width, to);
        return;
    }
    for (int64_t k = 0; k < count; ++k, to += width) {
        copy(to, p.b + (k0 + k) * p.b_row + j0, columns);
        for (int64_t j = columns; j < width; ++j) to[j] = T(0);
    }
}

template <class T>
void product_by_panels(const Product<T>& p) {
    constexpr int L = lanes<T>;
    const bool along = p.a_column == 1;
    const int64_t width = p.J > L ? 2 * L : L, panels = (p.J + width - 1) / width;
    const int64_t most = along ? rows_along : rows_down;
    // Enough tasks for all threads: panels, and where these are few, parts of the rows.
    const int64_t wanted = 4, tiles = (p.I + most - 1) / most;
    const int64_t parts = panels >= wanted ? 1 : std::min(tiles, (wanted + panels - 1) / panels);
    const int64_t R = (p.I + tiles - 1) / tiles;  // rows of a tile, as equal as possible

    Scratch<int32_t> at(std::max<int64_t>(rows_along, k_block));
    for (int64_t k = 0; k < (along ? rows_along : k_block); ++k) {
        at[k] = static_cast<int32_t>(k * (along ? p.a_row : p.a_column));
    }
    const double work = static_cast<double>(p.I) / parts * p.K * width;
    parallel_for(panels * parts, work, [&](int64_t item) {
        const int64_t j0 = item / parts * width, part = item % parts;
        const int64_t begin = tiles * part / parts * R;
        const int64_t end = std::min(p.I, tiles * (part + 1) / parts * R);
        Scratch<T> panel(k_block * width + L);
        T bias[2 * L] = {};
        if (p.bias != nullptr) copy(bias, p.bias + j0, std::min(width, p.J - j0));
        for (int64_t k0 = 0; k0 == 0 || k0 < p.K; k0 += k_block) {
            const int64_t count = std::min(k_block, p.K - k0);
            pack_rows(p, k0, count, j0, width, panel.get());
            for (int64_t i = begin; i < end; i += R) {
                const int64_t rows = std::min(R, end - i);
                const MatmulFunction<T> tile = width == L ? matmul_tile_for<T, 1>(rows, along)
                                                          : matmul_tile_for<T, 2>(rows, along);
                tile(p.a + i * p.a_row + k0 * p.a_column, at, panel, count, bias, k0 == 0, p.J - j0,
                     p.c + i * p.J + j0, p.J);
            }
        }
    });
}

constexpr int dot_rows = registers == 32 ? 8 : 4, dot_columns = 3;

// R rows of A times C columns of B, both contiguous along k.
template <class T, int R, int C>
void dot_tile(const Product<T>& p, int64_t i, int64_t j) {
    constexpr int L = lanes<T>;
    const T *a = p.a + i * p.a_row, *b = p.b + j * p.b_column;
    Vector<T> acc[R][C];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < C; ++q) acc[r][q] = Vector<T>{};
    }
    int64_t k = 0;
    for (; k + L <= p.K; k += L) {
        Vector<T> column[C];
#pragma GCC unroll 8
        for (int q = 0; q < C; ++q) column[q] = load(b + q * p.b_column + k);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vector<T> row = load(a + r * p.a_row + k);
#pragma GCC unroll 8
            for (int q = 0; q < C; ++q) acc[r][q] += row * column[q];
        }
    }
    for (int r = 0; r < R; ++r) {
        for (int q = 0; q < C; ++q) {
            T sums[L];
            store(sums, acc[r][q]);
            for (int64_t m = k; m < p.K; ++m) {
                sums[m - k] += a[r * p.a_row + m] * b[q * p.b_column + m];
            }
            for (int half = L / 2; half > 0; half /= 2) {
                for (int lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
            }
            p.c[(i + r) * p.J + j + q] = sums[0] + (p.bias != nullptr ? p.bias[j + q] : T(0));
        }
    }
}

template <class T, int C, int... R>
void dot_tile_of(const Product<T>& p, int64_t rows, int64_t i, int64_t j,
                 std::integer_sequence<int, R...>) {
    using Function = void (*)(const Product<T>&, int64_t, int64_t);
    static constexpr Function functions[] = {dot_tile<T, R + 1, C>...};
    functions[rows - 1](p, i, j);
}

template <class T>
void product_by_dots(const Product<T>& p) {
    using Rows = std::make_integer_sequence<int, dot_rows>;
    const int64_t tiles = (p.J + dot_columns - 1) / dot_columns;
    parallel_for(tiles, static_cast<double>(p.I) * p.K * dot_columns, [&](int64_t tile) {
        const int64_t j = tile * dot_columns, columns = std::min<int64_t>(dot_columns, p.J - j);
        for (int64_t i = 0; i < p.I; i += dot_rows) {
            const int64_t rows = std::min<int64_t>(dot_rows, p.I - i);
            if (columns == dot_columns) {
                dot_tile_of<T, dot_columns>(p, rows, i, j, Rows());
            } else {
                for (int64_t q = 0; q < columns; ++q) dot_tile_of<T, 1>(p, rows, i, j + q, Rows());
            }
        }
    });
}

template <class T>
void product(const Product<T>& p) {
    constexpr int64_t few = 8;
    if (p.I <= few && p.a_column == 1 && p.b_row == 1 && p.K >= 4 * lanes<T>) {
        product_by_dots(p);
    } else {
        product_by_panels(p);
    }
}

}  // namespace
}  // namespace minicnn
