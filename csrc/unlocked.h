// Python's lock, let go of while a kernel runs.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>

namespace minicnn {

namespace py = pybind11;

// Lets go of Python's lock while there is much to do. (For little, asking for it back may take
// longer than the work.)
class Unlocked {
  public:
    explicit Unlocked(int64_t numbers) {
        if (numbers >= 1 << 14) release_.emplace();
    }

  private:
    std::optional<py::gil_scoped_release> release_;
};

}  // namespace minicnn
