#include "cuda/environment.h"

#include <cstdlib>

namespace duet::cuda {
namespace {

struct Variable {
  const char* name;
  const char* effect;
};

// By cuDNN's documentation, cuBLAS's on emulating floating point, and the CUDA Programming Guide's list. Not
// CUBLAS_WORKSPACE_CONFIG, which cuBLAS reads and cuBLASLt does not, nor what changes neither a bit nor a
// speed nor a name: of caches, of logs.
constexpr Variable variables[] = {
    {"NVIDIA_TF32_OVERRIDE",
     "with 0, NVIDIA's libraries make products in fp32 where tf32 is asked for, but our own stay in tf32"},
    {"CUBLAS_EMULATE_SINGLE_PRECISION", "with 1, products in fp32 may be put together of bf16"},
    {"CUBLAS_EMULATION_STRATEGY", "which products are emulated, where any are"},
    {"CUDA_LAUNCH_BLOCKING", "with 1, every kernel is waited for, so speeds compare with no other run's"},
    {"CUDA_VISIBLE_DEVICES", "which GPU cuda:0 is"},
    {"CUDA_DEVICE_ORDER", "which GPU cuda:0 is"},
};

}  // namespace

std::vector<EnvironmentSetting> environment() {
  std::vector<EnvironmentSetting> set;
  for (const Variable& variable : variables) {
    if (const char* const value = std::getenv(variable.name); value != nullptr) {
      set.push_back({variable.name, value, variable.effect});
    }
  }
  return set;
}

}  // namespace duet::cuda
