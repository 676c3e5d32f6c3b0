// Memory that is wanted soon and lies far away: each tile fetches a piece of it while it computes.
#pragma once

#include <algorithm>

#include "../vector.h"

namespace minicnn {
namespace {

// One run of memory after the other, handed out in pieces.
template <class T>
struct Ahead {
    struct Run {
        const T *next = nullptr, *end = nullptr;
    };
    Run first{}, second{};

    // Where the next so many lines of the cache begin, or the few that are left of a run; null where
    // everything is on its way.
    const T* take(int64_t lines) {
        Run& run = first.next < first.end ? first : second;
        if (run.next >= run.end) return nullptr;
        const T* const piece = run.next;
        run.next += std::min(run.end - run.next, lines * cache_line<T>);
        return piece;
    }
};

}  // namespace
}  // namespace minicnn
