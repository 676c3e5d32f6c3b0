// Memory for results and scratch: blocks that are kept when they are given back.
//
// Fresh memory is dear: the system hands it out in pages of 4 KB and clears each one when it is
// first touched. A training step asks for the same sizes over and over, so a block that is given
// back is kept and handed out again. Blocks of 2 MB and more lie on huge pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace minicnn {

struct MemoryStats {
    uint64_t in_use = 0;   // bytes handed out
    uint64_t cached = 0;   // bytes given back and kept
    uint64_t peak = 0;     // the most that was in use at once
    uint64_t fresh = 0;    // blocks asked from the system
    uint64_t reused = 0;   // blocks taken from the cache
};

// A block of at least `bytes` bytes, aligned to 64, its contents undefined. Throws
// std::bad_alloc when there is no memory.
void* take_block(size_t bytes);
void give_block(void* block) noexcept;  // null is welcome

void empty_cache() noexcept;
MemoryStats memory_stats();

// Scratch that is given back at the end of a scope:  Scratch<float> band(rows * columns);
template <class T>
class Scratch {
  public:
    explicit Scratch(int64_t count)
        : data_(static_cast<T*>(take_block(static_cast<size_t>(count) * sizeof(T)))) {}
    ~Scratch() { give_block(data_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    T* get() const { return data_; }
    operator T*() const { return data_; }

  private:
    T* data_;
};

}  // namespace minicnn
