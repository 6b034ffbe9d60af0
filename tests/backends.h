// Every backend that this machine can run, for tests that hold on each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/backend.h"
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

// Each instruction set, with a number of threads that divides nothing.
inline std::vector<NamedBackend> usable_backends() {
  std::vector<NamedBackend> backends;
  for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
    backends.push_back({kernels->name, cpu_backend(3, kernels->name)});
  }
  return backends;
}

}  // namespace duet::test
