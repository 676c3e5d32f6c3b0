// Arrays side by side along an axis, and cut apart again: for every index of the axes before, one
// stretch of bytes from each part. Nothing here depends on the instruction set.
#pragma once

#include <cstring>
#include <vector>

#include "../parallel.h"

namespace minicnn {

struct Part {
    void* data;
    int64_t row_bytes;  // of each of its rows, which lie together
};

// Copies `rows` rows of each part to (or from) where they lie in `whole`: beside those of the
// other parts, in rows of `row_bytes`.
inline void copy_parts(int64_t rows, int64_t row_bytes, const std::vector<Part>& parts, void* whole,
                       bool to_whole) {
    constexpr int64_t piece = 1 << 16;  // bytes; a row may be long, and there may be only one
    constexpr double work_per_byte = 4;
    int64_t start = 0;
    for (const Part& part : parts) {
        const int64_t bytes = part.row_bytes;
        // A task is a piece of a long row, or several short rows.
        const int64_t pieces = std::max<int64_t>((bytes + piece - 1) / piece, 1);
        const int64_t together = std::max<int64_t>(piece / std::max<int64_t>(bytes, 1), 1);
        const int64_t items = (rows + together - 1) / together * pieces;
        const int64_t item_bytes = std::min(bytes, piece) * together;
        char* const joined = static_cast<char*>(whole) + start;
        char* const alone = static_cast<char*>(part.data);
        start += bytes;
        if (bytes == 0) continue;
        parallel_for(items, static_cast<double>(item_bytes) * work_per_byte, [&](int64_t item) {
            const int64_t first = item / pieces * together;
            const int64_t from = item % pieces * piece, length = std::min(piece, bytes - from);
            for (int64_t row = first; row < std::min(rows, first + together); ++row) {
                char* const there = joined + row * row_bytes + from;
                char* const here = alone + row * bytes + from;
                std::memcpy(to_whole ? there : here, to_whole ? here : there,
                            static_cast<size_t>(length));
            }
        });
    }
}

}  // namespace minicnn
