// Long arrays in chunks: each a task for a thread, and small enough to stay in its cache.
#pragma once

#include "../parallel.h"

namespace minicnn {
namespace {

constexpr int64_t chunk_length = 16384;

// Work on one number that comes from memory and goes there: in the time that this takes, a
// register full of multiply-adds is done.
constexpr double work_per_number = 16;

// body(begin, end) for each chunk of 0 .. n-1.
template <class Body>
inline void in_chunks(int64_t n, double work, const Body& body) {
    const int64_t chunks = (n + chunk_length - 1) / chunk_length;
    parallel_for(chunks, static_cast<double>(std::min(n, chunk_length)) * work, [&](int64_t k) {
        body(k * chunk_length, std::min(n, (k + 1) * chunk_length));
    });
}

}  // namespace
}  // namespace minicnn
