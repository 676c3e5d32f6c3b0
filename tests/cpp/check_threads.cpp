// The thread pool and the memory pool: callers at once, changing counts, failing tasks, forks.
//
//     check_threads [rounds]        .ci/check_cpp builds and runs it, above all for the thread
//                                   sanitizer
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../csrc/kernels.h"
#include "../../csrc/memory.h"
#include "../../csrc/parallel.h"
#include "check.h"

namespace {

using namespace minicnn;
using check::Array;
using check::Random;
using check::require;

constexpr double much_work = 1e9;  // so that every thread is woken

// Every item is done once, and what the tasks wrote is seen by the caller.
void loop(int64_t count) {
    std::vector<int64_t> done(static_cast<size_t>(count));
    parallel_for(count, much_work,
                 [&](int64_t item) { done[static_cast<size_t>(item)] += item + 1; });
    for (int64_t k = 0; k < count; ++k) require(done[static_cast<size_t>(k)] == k + 1, "an item");
}

// Scratch in tasks, of sizes that change: nobody else writes to a block that one has.
void loop_with_scratch(Random& random) {
    const int64_t count = random.from(1, 20);
    std::vector<int64_t> sizes;
    for (int64_t k = 0; k < count; ++k)
        sizes.push_back(random.from(1, random.one_in(8) ? 400000 : 3000));
    parallel_for(count, much_work, [&](int64_t item) {
        const int64_t size = sizes[static_cast<size_t>(item)];
        Scratch<int64_t> mine(size);
        for (int64_t k = 0; k < size; ++k) mine[k] = item;
        for (int64_t k = 0; k < size; ++k) require(mine[k] == item, "scratch was written to");
    });
}

// Two callers, each with results that it can check; meanwhile the count of threads changes.
void callers_at_once(int64_t rounds) {
    std::atomic<int> busy{3};
    std::vector<std::thread> callers;
    for (int id = 0; id < 3; ++id) {
        callers.emplace_back([&busy, id, rounds] {
            Random random(static_cast<uint64_t>(id));
            for (int64_t k = 0; k < rounds; ++k) {
                loop(random.from(0, 50));
                loop_with_scratch(random);
            }
            --busy;
        });
    }
    for (int threads = 1; busy > 0; threads = threads % 6 + 1) {
        set_thread_count(threads);
        memory_stats();
        if (threads == 6) empty_cache();
        std::this_thread::yield();
    }
    for (std::thread& caller : callers) caller.join();
    set_thread_count(4);
}

// The caller hears of what a task throws, and the pool goes on.
void failing_tasks(int64_t rounds) {
    for (int64_t k = 0; k < rounds; ++k) {
        bool heard = false;
        try {
            parallel_for(20, much_work, [&](int64_t item) {
                if (item % 7 == 3) throw std::runtime_error("a task failed");
            });
        } catch (const std::runtime_error&) {
            heard = true;
        }
        require(heard, "nobody heard of a task that failed");
        loop(20);
    }
}

// A convolution in a caller of its own, while others run: the same bits every time.
void convolutions(int64_t rounds) {
    Geometry g;
    g.batch = 2;
    g.channels = g.out_channels = 20;
    g.axis[1] = {18, 3, 18, 1, 1, 1};
    g.axis[2] = {17, 3, 17, 1, 1, 1};
    Random random(0);
    const Array<float> x(g.batch * 20 * 18 * 17, random, 0.125), w(20 * 20 * 9, random, 0.125);
    for (const auto* kernel : {&kernels().convolution_float, &kernels().winograd}) {
        const auto all_three = [&](std::vector<float>* bits) {
            const Array<float> y(x.size()), gx(x.size()), gw(w.size());
            kernel->forward(g, x.get(), w.get(), nullptr, y.get());
            kernel->input_gradient(g, x.get(), w.get(), nullptr, gx.get());
            kernel->weight_gradient(g, x.get(), x.get(), gw.get());
            for (const Array<float>* array : {&y, &gx, &gw}) {
                bits->insert(bits->end(), array->get(), array->get() + array->size());
            }
        };
        std::vector<float> alone;
        set_thread_count(1);
        all_three(&alone);
        set_thread_count(4);
        std::vector<std::thread> callers;
        for (int id = 0; id < 2; ++id) {
            callers.emplace_back([&] {
                for (int64_t k = 0; k < rounds; ++k) {
                    std::vector<float> bits;
                    all_three(&bits);
                    require(bits.size() == alone.size() &&
                                std::memcmp(bits.data(), alone.data(), bits.size() * 4) == 0,
                            "two callers at once, or four threads, changed a bit");
                }
            });
        }
        for (std::thread& caller : callers) caller.join();
    }
}

void child_ends_well(pid_t child) {
    require(child >= 0, "fork");
    for (int tenths = 0; tenths < 600; ++tenths) {
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child) {
            require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a forked child failed");
            return;
        }
        usleep(100000);
    }
    kill(child, SIGKILL);
    check::fail("a forked child hangs");
}

// A fork while other threads are in loops and hold blocks; a child forks again.
[[maybe_unused]] void forks(int64_t rounds) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> callers;
    for (int id = 0; id < 2; ++id) {
        callers.emplace_back([&stop, id] {
            Random random(static_cast<uint64_t>(id));
            while (!stop) {
                loop(random.from(1, 30));
                loop_with_scratch(random);
            }
        });
    }
    for (int64_t k = 0; k < rounds; ++k) {
        loop(10);
        const pid_t child = fork();
        if (child == 0) {
            Random random(1);
            loop(20);
            loop_with_scratch(random);
            const pid_t grandchild = fork();
            if (grandchild == 0) {
                loop(20);
                loop_with_scratch(random);
                empty_cache();
                _exit(0);
            }
            child_ends_well(grandchild);
            _exit(0);
        }
        child_ends_well(child);
    }
    stop = true;
    for (std::thread& caller : callers) caller.join();
}

// What csrc/memory.cpp promises of its numbers. (The stand-in for sanitizers keeps none.)
void memory_counts() {
    empty_cache();
    const MemoryStats start = memory_stats();
    void* const first = take_block(3 << 20);
    const MemoryStats one = memory_stats();
    if (one.in_use == 0) return;
    require(start.cached == 0, "empty_cache left something");
    require(one.in_use >= start.in_use + (3 << 20) && one.in_use <= start.in_use + (4 << 20),
            "in use");
    std::memset(first, 1, 3 << 20);
    give_block(first);
    const MemoryStats given = memory_stats();
    require(given.in_use == start.in_use && given.cached == one.in_use - start.in_use,
            "given back");
    void* const again = take_block((3 << 20) - 100);
    require(again == first && memory_stats().reused == given.reused + 1, "not reused");
    require(reinterpret_cast<uintptr_t>(again) % 64 == 0, "not aligned");
    give_block(again);
    give_block(nullptr);
    // What lies unused is bounded.
    Random random(0);
    for (int k = 0; k < 300; ++k)
        give_block(take_block(static_cast<size_t>(random.from(1, 6 << 20))));
    const MemoryStats last = memory_stats();
    require(last.in_use + last.cached <=
                last.peak + std::max<uint64_t>(last.peak / 4, 64 << 20) + (6 << 20),
            "more is kept than promised");
    bool refused = false;
    try {
        take_block(~size_t(0) - 100);
    } catch (const std::bad_alloc&) {
        refused = true;
    }
    require(refused, "a block that no machine has");
    empty_cache();
    require(memory_stats().cached == 0, "empty_cache left something");
}

}  // namespace

int main(int count, char** arguments) {
    const int64_t rounds = count > 1 ? std::atoll(arguments[1]) : 50;
    alarm(600);  // what hangs fails
    set_thread_count(4);
    loop(100);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // (A sanitizer's own allocator does not survive the fork of a process with busy threads.)
    forks(std::max<int64_t>(rounds / 5, 3));
#endif
    failing_tasks(rounds);
    callers_at_once(rounds);
    convolutions(std::max<int64_t>(rounds / 5, 3));
    memory_counts();
    std::printf("threads and memory: %lld rounds are right\n", static_cast<long long>(rounds));
    return 0;
}
