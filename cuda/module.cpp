// What the shared library exports.
#include "core/cuda_module.h"

#include "core/version.h"
#include "cuda/backend.h"
#include "cuda/survey.h"

extern "C" {

extern const char* const duet_cuda_build_id;  // a constant is else seen in this file alone
const char* const duet_cuda_build_id = duet::build_id;

const duet::CudaModule* duet_cuda_module() {
  static constexpr duet::CudaModule module = {
      .make_backend = duet::cuda::make_backend,
      .survey = duet::cuda::survey,
  };
  return &module;
}
}
