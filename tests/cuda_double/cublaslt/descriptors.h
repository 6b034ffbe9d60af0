// The descriptors of cuBLASLt: attributes by their documented names, sizes and defaults. As in the library,
// setting one checks its size and nothing else: what the values mean is seen when they are used.
#pragma once

#include <cublasLt.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"

namespace duet::cuda_double {

struct MatmulDesc {
  std::int32_t compute_type, scale_type;
  std::int32_t pointer_mode = CUBLASLT_POINTER_MODE_HOST;
  std::int32_t transpose_a = CUBLAS_OP_N, transpose_b = CUBLAS_OP_N;
  std::uint32_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  Address bias = 0, mask = 0;
  std::int64_t mask_ld = 0;  // bits
};

struct MatrixLayout {
  std::uint32_t type;
  std::int32_t order = CUBLASLT_ORDER_COL;
  std::uint64_t rows, cols;
  std::int64_t ld;
};

struct MatmulPreference {
  std::uint32_t search_mode = CUBLASLT_SEARCH_BEST_FIT;
  std::uint64_t workspace = 0;  // bytes
  std::uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_MASK;
  std::array<std::uint32_t, 4> alignments = {256, 256, 256, 256};  // of A, B, C, D
  std::uint64_t implementations = ~std::uint64_t{0};
};

// Null, and a report that names the call, where it is no living descriptor.
const MatmulDesc* find(cublasLtMatmulDesc_t handle, const char* call);
const MatrixLayout* find(cublasLtMatrixLayout_t handle, const char* call);
const MatmulPreference* find(cublasLtMatmulPreference_t handle, const char* call);
// Success, or the report that it is no living handle.
cublasStatus_t check_handle(cublasLtHandle_t handle, const char* call);

// The rule of every refusal: what the documents forbid is reported as misuse and answered with their status,
// what only the double does not know as unsupported. That there is no algorithm is an answer, not a finding.
inline cublasStatus_t forbidden(std::string text, cublasStatus_t status = CUBLAS_STATUS_INVALID_VALUE) {
  report(Check::misuse, std::move(text));
  return status;
}
inline cublasStatus_t unsupported(std::string text) {
  report(Check::unsupported, std::move(text));
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

}  // namespace duet::cuda_double
