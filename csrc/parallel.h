// parallel_for: the items 0 .. count-1, shared out among threads.
//
// The threads are a pool of our own (parallel.cpp). They are started by the first call that is
// worth it, and kept: waking a thread that still spins costs a microsecond, starting one costs
// thirty.
#pragma once

#include <algorithm>
#include <cstdint>

namespace minicnn {

constexpr int max_threads = 4096;

// A thread is worth waking for this many multiply-adds, some microseconds of work.
constexpr double least_work_per_thread = 1 << 16;

// As set, else OMP_NUM_THREADS, else every processor this process may run on.
int thread_count();
void set_thread_count(int count);

// While one of these lives, thread_count() is 1 for its thread, whose loops stay on it.
class OneThread {
  public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    bool before_;
};

// Runs task(body, item) for each item from 0 to count-1 on up to `threads` threads, the caller's
// among them, and returns when all are done. What a task throws, the caller gets, with items undone.
using Task = void (*)(const void* body, int64_t item);
void run_tasks(int64_t count, int threads, Task task, const void* body);

// Calls body(item) once for each item, in any order and from several threads, so each item must
// write only what is its own. Every thread has a run of neighbouring items of its own, and helps
// the others when it is done: a slow one takes fewer. `work_per_item` is in multiply-adds; little
// work wakes no thread.
template <class Body>
inline void parallel_for(int64_t count, double work_per_item, const Body& body) {
    const double worth = static_cast<double>(count) * work_per_item / least_work_per_thread;
    int64_t threads = std::min<int64_t>(thread_count(), count);
    if (worth < static_cast<double>(threads)) threads = static_cast<int64_t>(worth);
    run_tasks(
        count, static_cast<int>(threads),
        [](const void* data, int64_t item) { (*static_cast<const Body*>(data))(item); }, &body);
}

}  // namespace minicnn
