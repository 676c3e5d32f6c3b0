// Choosing the instruction set: see kernels.h.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "kernels.h"

namespace minicnn {

extern const Kernels kernels_baseline;
#if defined(__x86_64__)
extern const Kernels kernels_avx512, kernels_avx2;
#endif

const Kernels* const* usable_kernels(int* count) {
    static const Kernels* usable[3];
    static const int found = [] {
        int n = 0;
#if defined(__x86_64__)
        __builtin_cpu_init();
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                          __builtin_cpu_supports("bmi2");
        const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                            __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq");
        if (avx512) usable[n++] = &kernels_avx512;
        if (avx2) usable[n++] = &kernels_avx2;
#endif
        usable[n++] = &kernels_baseline;
        return n;
    }();
    *count = found;
    return usable;
}

const Kernels& kernels() {
    static const Kernels* const chosen = [] {
        int count = 0;
        const Kernels* const* usable = usable_kernels(&count);
        const char* wanted = std::getenv("MINICNN_ISA");
        if (wanted == nullptr || *wanted == '\0') return usable[0];
        std::string names;
        for (int k = 0; k < count; ++k) {
            if (std::string(wanted) == usable[k]->name) return usable[k];
            names += std::string(k ? ", " : "") + usable[k]->name;
        }
        throw std::runtime_error("the environment variable MINICNN_ISA asks for '" +
                                 std::string(wanted) + "'; this machine can run: " + names);
    }();
    return *chosen;
}

}  // namespace minicnn
