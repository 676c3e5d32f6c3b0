// parallel_for: the items 0 .. count-1, shared out among threads.
//
// The threads are started anew in each call and joined at its end. That costs some ten
// microseconds a thread, but leaves nothing behind: no pool to go wrong in a child made by fork,
// no workers that spin while NumPy wants the cores.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

namespace minicnn {

constexpr int max_threads = 4096;

// A thread is worth starting for this many multiply-adds, some tens of microseconds of work.
constexpr double least_work_per_thread = 1 << 16;

// The processors this process may run on, which can be fewer than the machine has.
inline int usable_processors() {
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) {
        return CPU_COUNT(&set);
    }
#endif
    const unsigned found = std::thread::hardware_concurrency();  // 0 when it cannot tell
    return found > 0 ? static_cast<int>(found) : 1;
}

// OMP_NUM_THREADS where it is a whole number from 1 to max_threads, else every usable processor.
inline int default_threads() {
    if (const char* text = std::getenv("OMP_NUM_THREADS")) {
        char* rest = nullptr;
        const long wanted = std::strtol(text, &rest, 10);
        const bool whole = rest != text && (*rest == '\0' || *rest == ',');  // "4,2": outer, inner
        if (whole && wanted >= 1 && wanted <= max_threads) return static_cast<int>(wanted);
    }
    return std::min(usable_processors(), max_threads);
}

inline std::atomic<int>& thread_count() {
    static std::atomic<int> count{default_threads()};
    return count;
}

// Calls body(item) once for each item, in any order and from several threads, so each item must
// write only what is its own. `body` must not throw. Every thread takes the next item from a
// shared counter: a slow one takes fewer, and if a thread cannot be started the others do its
// share. The calling thread works too.
template <class Body>
void parallel_for(int64_t count, double work_per_item, const Body& body) {
    std::atomic<int64_t> next{0};
    const auto work = [&]() noexcept {
        for (int64_t item = next++; item < count; item = next++) body(item);
    };

    const double worth = static_cast<double>(count) * work_per_item / least_work_per_thread;
    int64_t threads = std::min<int64_t>(thread_count(), count);
    if (worth < static_cast<double>(threads)) threads = static_cast<int64_t>(worth);

    std::vector<std::thread> helpers;
    try {
        for (int64_t t = 1; t < threads; ++t) helpers.emplace_back(work);
    } catch (const std::exception&) {
        // Out of threads or memory: those that run are enough.
    }
    work();
    for (std::thread& helper : helpers) helper.join();
}

}  // namespace minicnn
