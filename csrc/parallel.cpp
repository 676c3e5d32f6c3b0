// The thread pool: threads that wait for work, spinning for a moment before they sleep.
//
// One word, the gate, says everything that must be agreed on at once:
//
//     gate = round · 2^16  +  open · 2^15  +  number of workers inside
//
// The caller writes down the job and opens the gate. A worker that sees an open gate walks in by
// adding 1 (a compare-and-swap: it fails if the gate has closed meanwhile), takes items until none
// is left, and walks out by subtracting 1. The caller takes items too; when none is left it closes
// the gate and waits until nobody is inside. A worker that woke too late finds the gate closed and
// has cost nothing: no call ever waits for a sleeping thread.
//
// Who takes what: each thread has a share of its own, a run of neighbouring items, and helps the
// others with theirs when it is done. The first images, say, are the same thread's from layer to
// layer, so it finds in its own cache what it has written there. With one counter for all, half of
// everything would come from another core, which may be far away.
//
// Why not OpenMP: in a child made by fork, a runtime believes in threads that do not exist there
// and may wait for them for ever. Here a child simply begins with a new, empty pool.
#include "parallel.h"

#include "memory.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#define MINICNN_HAS_FORK 1
#endif

namespace minicnn {
namespace {

constexpr uint64_t inside_mask = (1 << 15) - 1, open_bit = 1 << 15, one_round = 1 << 16;

// How often an idle worker looks at the gate before it sleeps: some 400 microseconds. The next
// kernel of a training step mostly comes within that time; much longer would take the processor
// from NumPy's and PyTorch's own threads.
constexpr int looks_before_sleep = 16000;

// Tells the processor that this is a waiting loop.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
    asm volatile("yield");
#endif
}

class Pool {
  public:
    // Held by the caller of a parallel loop; a second caller at the same time works alone.
    std::mutex one_caller;

    void run(int64_t count, int threads, Task task, const void* body) {
        start_workers(threads - 1);
        task_ = task;
        body_ = body;
        wanted_ = threads - 1;
        shares_ = threads;
        if (static_cast<int>(shared_.size()) < threads) shared_ = std::vector<Share>(threads);
        for (int64_t k = 0; k < threads; ++k) {
            shared_[k].next.store(count * k / threads, std::memory_order_relaxed);
            shared_[k].end = count * (k + 1) / threads;
        }
        gate_.fetch_add(one_round + open_bit);  // from here on the workers may read the job
        if (sleepers_.load() > 0) {
            // Whoever counted itself a sleeper holds this lock until it really waits.
            std::lock_guard<std::mutex> lock(sleep_);
            wake_.notify_all();
        }
        take_items(0);
        gate_.fetch_sub(open_bit);
        for (int looks = 0; (gate_.load() & inside_mask) != 0; ++looks) {
            pause();
            if (looks > looks_before_sleep) std::this_thread::yield();
        }
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

  private:
    std::atomic<uint64_t> gate_{0};
    std::atomic<int> sleepers_{0};
    std::mutex sleep_;
    std::condition_variable wake_;
    int workers_ = 0;  // started so far
    std::atomic<int> wanted_{0};  // the first so many of them may come in
    Task task_ = nullptr;
    const void* body_ = nullptr;
    struct alignas(64) Share {  // on a line of the cache of its own
        std::atomic<int64_t> next{0};
        int64_t end = 0;
    };
    std::vector<Share> shared_;  // the caller's, then the workers'
    int shares_ = 0;
    std::exception_ptr failure_;  // the first that a task of this round threw

    void start_workers(int wanted) {
#ifdef MINICNN_HAS_FORK
        // Signals are for Python's own threads: a new thread inherits this mask.
        sigset_t all, before;
        if (workers_ < wanted) {
            sigfillset(&all);
            pthread_sigmask(SIG_SETMASK, &all, &before);
        }
        const bool masked = workers_ < wanted;
#endif
        try {
            for (; workers_ < wanted; ++workers_) {
                // Detached, and the pool is never destroyed: at exit nobody waits for anybody.
                std::thread([this, number = workers_] { wait_for_work(number); }).detach();
            }
        } catch (const std::system_error&) {
            // Out of threads: those that run are enough.
        }
#ifdef MINICNN_HAS_FORK
        if (masked) pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
    }

    // The thread's own share first, then what is left of the others'.
    void take_items(int own) noexcept {
        try {
            for (int k = 0; k < shares_; ++k) {
                Share& share = shared_[(own + k) % shares_];
                for (int64_t item = share.next++; item < share.end; item = share.next++) {
                    task_(body_, item);
                }
            }
        } catch (...) {  // out of memory, say: the caller shall hear of it
            for (int k = 0; k < shares_; ++k) shared_[k].next = shared_[k].end;
            std::lock_guard<std::mutex> lock(sleep_);
            if (!failure_) failure_ = std::current_exception();
        }
    }

    // There is work that worker `number`, who served round `served` last, should come in for.
    bool is_news(uint64_t gate, uint64_t served, int number) const {
        return (gate & open_bit) != 0 && gate / one_round != served && number < wanted_;
    }

    bool enter(uint64_t served, int number) {
        uint64_t gate = gate_.load();
        while (is_news(gate, served, number)) {
            if (gate_.compare_exchange_weak(gate, gate + 1)) return true;
        }
        return false;
    }

    [[noreturn]] void wait_for_work(int number) {
        uint64_t served = 0;
        for (int looks = 0;;) {
            if (enter(served, number)) {
                served = gate_.load() / one_round;  // cannot change while this worker is inside
                take_items(number + 1);
                --gate_;
                looks = 0;
            } else if (++looks < looks_before_sleep) {
                pause();
            } else {
                std::unique_lock<std::mutex> lock(sleep_);
                ++sleepers_;
                wake_.wait(lock, [&] { return is_news(gate_.load(), served, number); });
                --sleepers_;
                looks = 0;
            }
        }
    }
};

Pool* pool = nullptr;

#ifdef MINICNN_HAS_FORK
// A fork copies the thread that forks and no other. It waits until no parallel loop runs; the
// parent goes on as before and the child leaves the old pool, whose workers it does not have.
void before_fork() { pool->one_caller.lock(); }
void after_fork_in_parent() { pool->one_caller.unlock(); }
void after_fork_in_child() { pool = new Pool; }
#endif

Pool& the_pool() {
    static const bool made = [] {
        pool = new Pool;
#ifdef MINICNN_HAS_FORK
        // Before a fork the handlers run in the reverse order of their registration. The memory
        // pool's must be there first: were its lock taken first, the parallel loop that ours waits
        // for could not go on when it asks for scratch.
        memory_stats();
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif
        return true;
    }();
    (void)made;
    return *pool;
}

// The processors this process may run on, which can be fewer than the machine has.
int usable_processors() {
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
int default_threads() {
    if (const char* text = std::getenv("OMP_NUM_THREADS")) {
        char* rest = nullptr;
        const long wanted = std::strtol(text, &rest, 10);
        while (*rest == ' ') ++rest;
        const bool whole = rest != text && (*rest == '\0' || *rest == ',');  // "4,2": outer, inner
        if (whole && wanted >= 1 && wanted <= max_threads) return static_cast<int>(wanted);
    }
    return std::min(usable_processors(), max_threads);
}

// Whether this thread has a OneThread.
thread_local bool alone = false;

std::atomic<int>& count_setting() {
    static std::atomic<int> count{default_threads()};
    return count;
}

}  // namespace

OneThread::OneThread() : before_(alone) { alone = true; }
OneThread::~OneThread() { alone = before_; }

int thread_count() { return alone ? 1 : count_setting().load(std::memory_order_relaxed); }

void set_thread_count(int count) { count_setting() = count; }

void run_tasks(int64_t count, int threads, Task task, const void* body) {
    if (threads > 1) {
        Pool& here = the_pool();
        const std::unique_lock<std::mutex> alone(here.one_caller, std::try_to_lock);
        if (alone.owns_lock()) return here.run(count, threads, task, body);
        // Another Python thread's loop has the pool: this one works alone rather than wait.
    }
    for (int64_t item = 0; item < count; ++item) task(body, item);
}

}  // namespace minicnn
