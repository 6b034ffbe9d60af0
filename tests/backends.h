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

// Whether DUET_TEST_DEVICE=cuda says that there is a GPU, or its double, and that nothing else is to be
// tested.
inline bool is_cuda_demanded() {
  const char* const only = std::getenv("DUET_TEST_DEVICE");
  return only != nullptr && std::string_view(only) == "cuda";
}

inline std::unique_ptr<Backend> cuda_backend(Precision precision, bool graphs = true) {
  return cuda_module().make_backend({.ordinal = 0, .precision = precision, .graphs = graphs});
}

// "" where there is one.
inline std::string why_no_gpu() {
  try {
    cuda_backend(Precision::fp32);
    return "";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device || is_cuda_demanded()) throw;
    return error.what();
  }
}

// Null where the GPU has none.
inline std::unique_ptr<Backend> cuda_backend_in_tf32() {
  try {
    return cuda_backend(Precision::tf32);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    return nullptr;
  }
}

// Each instruction set, with a number of threads that divides nothing.
inline std::vector<NamedBackend> cpu_backends() {
  std::vector<NamedBackend> backends;
  for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
    backends.push_back({kernels->name, cpu_backend(3, kernels->name)});
  }
  return backends;
}

// Those of the CPU, and a GPU in all its precisions.
inline std::vector<NamedBackend> usable_backends() {
  std::vector<NamedBackend> backends;
  if (!is_cuda_demanded()) backends = cpu_backends();
  if (!why_no_gpu().empty()) return backends;
  backends.push_back({"cuda", cuda_backend(Precision::fp32)});
  if (auto in_tf32 = cuda_backend_in_tf32()) backends.push_back({"cuda, tf32", std::move(in_tf32)});
  return backends;
}

}  // namespace duet::test
