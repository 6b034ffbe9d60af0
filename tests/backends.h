// Every backend that this machine can run, for tests that hold on each.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/backend.h"
#include "core/cuda_module.h"
#include "core/error.h"
#include "cpu/backend.h"
#include "cpu/isa.h"

namespace duet::test {

struct NamedBackend {
  std::string name;
  std::unique_ptr<Backend> backend;
};

inline std::unique_ptr<Backend> cpu_backend(int threads, std::string_view isa = "") {
  return cpu::make_backend({.threads = threads, .kernels = &cpu::kernels_up_to(isa)});
}

// Null where there is none.
inline std::unique_ptr<Backend> cuda_backend(Precision precision, bool graphs = true) {
  try {
    return cuda_module().make_backend({.ordinal = 0, .precision = precision, .graphs = graphs});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    return nullptr;
  }
}

// Each instruction set, with a number of threads that divides nothing, and a GPU. DUET_TEST_DEVICE=cuda
// leaves the GPU alone.
inline std::vector<NamedBackend> usable_backends() {
  std::vector<NamedBackend> backends;
  const char* const only = std::getenv("DUET_TEST_DEVICE");
  if (only == nullptr || std::string_view(only) != "cuda") {
    for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
      backends.push_back({kernels->name, cpu_backend(3, kernels->name)});
    }
  }
  if (auto gpu = cuda_backend(Precision::fp32)) backends.push_back({"cuda", std::move(gpu)});
  return backends;
}

}  // namespace duet::test
