// What the checks of this folder share: random numbers, arrays that end where they end, failing.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace check {

// SplitMix64, so that every machine draws the same shapes.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    int64_t from(int64_t low, int64_t high) {  // both included
        return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
    }
    bool one_in(int64_t n) { return from(1, n) == 1; }

  private:
    uint64_t state_;
};

// So many numbers in memory of their own, not one more: an address sanitizer notices the first that
// is read or written beyond. They start as NaN (or the largest integer): what a kernel forgets to
// write, or reads before it wrote, shows.
template <class T>
class Array {
  public:
    explicit Array(int64_t count)
        : count_(count), data_(new T[static_cast<size_t>(count)]) {
        for (int64_t k = 0; k < count; ++k) data_[k] = static_cast<T>(std::nan(""));
    }
    // Whole numbers from -3 to 3, whose sums are exact; or with halves and quarters between.
    Array(int64_t count, Random& random, double step = 1) : Array(count) {
        const auto most = static_cast<int64_t>(3 / step);
        for (int64_t k = 0; k < count; ++k) {
            data_[k] = static_cast<T>(static_cast<double>(random.from(-most, most)) * step);
        }
    }
    T* get() const { return data_.get(); }
    T& operator[](int64_t k) const { return data_[k]; }
    int64_t size() const { return count_; }

  private:
    int64_t count_;
    std::unique_ptr<T[]> data_;
};

[[noreturn]] inline void fail(const std::string& what) {
    std::printf("FAILED: %s\n", what.c_str());
    std::fflush(stdout);
    std::_Exit(1);
}

inline void require(bool holds, const std::string& what) {
    if (!holds) fail(what);
}

// |got - expected| <= tolerance · (1 + |expected|) for each number; NaN is never right.
template <class T>
void require_close(const Array<T>& got, const std::vector<double>& expected, double tolerance,
                   const std::string& what) {
    require(got.size() == static_cast<int64_t>(expected.size()), what + ": lengths differ");
    for (int64_t k = 0; k < got.size(); ++k) {
        const double e = expected[static_cast<size_t>(k)];
        const double off = std::fabs(static_cast<double>(got[k]) - e);
        if (!(off <= tolerance * (1 + std::fabs(e)))) {
            fail(what + ": number " + std::to_string(k) + " is " +
                 std::to_string(static_cast<double>(got[k])) + ", not " + std::to_string(e));
        }
    }
}

}  // namespace check
