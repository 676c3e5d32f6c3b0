// The pool of memory.h.
//
// Sizes are rounded up to eight steps between powers of two, so that nearly equal sizes share
// blocks. At most an eighth of a fresh block is slack, which nobody touches, so that it takes no
// memory but to the end of its last page; a block that is taken from the cache is at most an
// eighth too large. What the pool holds, used and cached, never exceeds a quarter more than the most
// that was in use at once (or 64 MB more than is in use, where that is more): before a fresh block
// is asked for that would pass this bound, those that have lain longest go back to the system.
#include "memory.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <sys/mman.h>
#define MINICNN_HAS_FORK 1
#endif

namespace minicnn {
namespace {

constexpr size_t alignment = 64, huge_page = size_t(2) << 20;
constexpr size_t most_bytes = size_t(1) << 46;        // in one block; rounding cannot overflow
constexpr uint64_t always_kept = uint64_t(64) << 20;  // cached bytes that are no cause for worry

// The next of eight steps between powers of two; whole huge pages where the block lies on them.
size_t rounded(size_t bytes) {
    bytes = std::max(bytes, size_t(512));
    size_t power = 512;
    while (power <= bytes / 2) power *= 2;
    const size_t step = power / 8;
    const size_t size = (bytes + step - 1) / step * step;
    return size < huge_page ? size : (size + huge_page / 8 - 1) / (huge_page / 8) * (huge_page / 8);
}

#ifdef _WIN32
void* from_system(size_t size) { return _aligned_malloc(size, alignment); }
void to_system(void* block, size_t) { _aligned_free(block); }
#else
// Large blocks are mapped, so that giving one back really gives it back.
void* from_system(size_t size) {
    if (size < huge_page) {
        void* block = nullptr;
        return posix_memalign(&block, alignment, size) == 0 ? block : nullptr;
    }
    // A huge page too much, of which what lies before the first huge page's start and after the
    // block's end is returned at once.
    void* const mapped = mmap(nullptr, size + huge_page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    char* const begin = static_cast<char*>(mapped);
    const size_t before = (huge_page - reinterpret_cast<uintptr_t>(begin) % huge_page) % huge_page;
    if (before > 0) munmap(begin, before);
    munmap(begin + before + size, huge_page - before);
#ifdef MADV_HUGEPAGE
    madvise(begin + before, size, MADV_HUGEPAGE);
#endif
    return begin + before;
}

void to_system(void* block, size_t size) {
    if (size < huge_page) {
        std::free(block);
    } else {
        munmap(block, size);
    }
}
#endif

class Blocks {
  public:
    void* take(size_t bytes) {
        if (bytes > most_bytes) throw std::bad_alloc();
        const size_t size = rounded(bytes);
        std::lock_guard<std::mutex> lock(mutex_);
        const uint64_t peak = std::max(stats_.peak, stats_.in_use + size);
        const uint64_t bound = std::max(peak + peak / 4, stats_.in_use + size + always_kept);
        // The smallest cached block that is large enough, if it is not much too large; where a
        // fresh one would pass the bound, a block much too large is better than fresh pages.
        const bool full = held_ + stats_.cached + size > bound;
        auto found = by_size_.lower_bound(size);
        if (found != by_size_.end() && found->first <= (full ? 4 * size : size + size / 8)) {
            // Of several the one given back last, which may still lie in a cache.
            found = std::prev(by_size_.upper_bound(found->first));
            void* const block = found->second->second.block;
            const size_t its_size = found->first;
            used_.emplace(block, Used{its_size, size});  // may throw: nothing has changed yet
            by_age_.erase(found->second);
            by_size_.erase(found);
            stats_.cached -= its_size;
            count_in(its_size, size);
            ++stats_.reused;
            return block;
        }
        trim(bound - std::min<uint64_t>(bound, held_ + size));
        void* block = from_system(size);
        if (block == nullptr) {
            trim(0);
            block = from_system(size);
            if (block == nullptr) throw std::bad_alloc();
        }
        try {
            used_.emplace(block, Used{size, size});
        } catch (...) {
            to_system(block, size);
            throw;
        }
        count_in(size, size);
        ++stats_.fresh;
        return block;
    }

    void give(void* block) noexcept {
        std::lock_guard<std::mutex> lock(mutex_);
        const auto found = used_.find(block);
        const size_t size = found->second.size;
        stats_.in_use -= found->second.asked;
        held_ -= size;
        used_.erase(found);
        try {
            const auto aged = by_age_.emplace(clock_, Cached{block, size}).first;
            by_size_.emplace(size, aged);
            ++clock_;
            stats_.cached += size;
        } catch (const std::bad_alloc&) {  // not even room to note that it is there
            by_age_.erase(clock_);
            to_system(block, size);
        }
    }

    void empty() noexcept {
        std::lock_guard<std::mutex> lock(mutex_);
        trim(0);
#ifdef __GLIBC__
        malloc_trim(0);  // small blocks lie in the C library's heap, which keeps what it is given
#endif
    }

    MemoryStats stats() {
        std::lock_guard<std::mutex> lock(mutex_);
        return stats_;
    }

    std::mutex mutex_;

  private:
    struct Cached {
        void* block;
        size_t size;
    };
    using ByAge = std::map<uint64_t, Cached>;

    struct Used {
        size_t size, asked;  // of the block, and what it is used for
    };
    std::unordered_map<void*, Used> used_;              // blocks in use
    uint64_t held_ = 0;                                 // their bytes
    ByAge by_age_;                                      // cached blocks, the oldest first
    std::multimap<size_t, ByAge::iterator> by_size_;    // the same, the smallest first
    uint64_t clock_ = 0;
    MemoryStats stats_;

    void count_in(size_t size, size_t asked) {
        held_ += size;
        stats_.in_use += asked;
        stats_.peak = std::max(stats_.peak, stats_.in_use);
    }

    // Gives the oldest cached blocks back to the system until at most `most` bytes are cached.
    void trim(uint64_t most) noexcept {
        while (stats_.cached > most) {
            const auto oldest = by_age_.begin();
            const auto [begin, end] = by_size_.equal_range(oldest->second.size);
            by_size_.erase(std::find_if(begin, end, [&](const auto& entry) {
                return entry.second == oldest;
            }));
            stats_.cached -= oldest->second.size;
            to_system(oldest->second.block, oldest->second.size);
            by_age_.erase(oldest);
        }
    }
};

// Never destroyed: arrays may outlive everything else at exit.
Blocks& blocks() {
    static Blocks* const all = [] {
        Blocks* const made = new Blocks;
#ifdef MINICNN_HAS_FORK
        // A child made by fork inherits the blocks; the lock must not be held by a lost thread.
        // (parallel.cpp sees to it that these three are registered before its own.)
        pthread_atfork([] { blocks().mutex_.lock(); }, [] { blocks().mutex_.unlock(); },
                       [] { blocks().mutex_.unlock(); });
#endif
        return made;
    }();
    return *all;
}

}  // namespace

void* take_block(size_t bytes) { return blocks().take(bytes); }

void give_block(void* block) noexcept {
    if (block != nullptr) blocks().give(block);
}

void empty_cache() noexcept { blocks().empty(); }

MemoryStats memory_stats() { return blocks().stats(); }

}  // namespace minicnn
