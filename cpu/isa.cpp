#include "cpu/isa.h"

#include <algorithm>
#include <cstdlib>

#include "core/error.h"

namespace duet::cpu {
namespace {

constexpr std::string_view names[] = {"baseline", "avx2", "avx512"};

auto rank_of(std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) - std::begin(names);
}

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  std::vector<const Kernels*> usable = {&baseline_kernels};
#ifdef __x86_64__  // asks for exactly the flags that CMakeLists.txt compiles with
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    usable.push_back(&avx2_kernels);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      usable.push_back(&avx512_kernels);
    }
  }
#endif
  return usable;
}

const Kernels& kernels_up_to(std::string_view cap) {
  const auto limit = cap.empty() ? std::ssize(names) - 1 : rank_of(cap);
  if (limit == std::ssize(names)) {
    fail(ErrorKind::usage, "DUET_ISA is '{}'; it takes baseline, avx2 or avx512", cap);
  }
  const Kernels* best = &baseline_kernels;
  for (const Kernels* kernels : usable_kernels()) {
    if (rank_of(kernels->name) <= limit) best = kernels;
  }
  return *best;
}

const Kernels& chosen_kernels() {
  const char* cap = std::getenv("DUET_ISA");
  return kernels_up_to(cap != nullptr ? cap : "");
}

}  // namespace duet::cpu
