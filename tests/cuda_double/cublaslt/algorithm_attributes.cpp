// What an algorithm can do, and how it is configured.
#include "tests/cuda_double/cublaslt/attributes.h"
#include "tests/cuda_double/cublaslt/choice.h"
#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {
namespace {

// The value of an attribute, as the widest that any has.
Attribute capability(const Algorithm& algorithm, cublasLtMatmulAlgoCapAttributes_t name,
                     std::uint64_t& value) {
  const auto word = [&](std::uint32_t of_it) {
    value = of_it;
    return attribute(value).first(sizeof of_it);
  };
  switch (name) {
    case CUBLASLT_ALGO_CAP_SPLITK_SUPPORT: return word(algorithm.splits > 1);
    case CUBLASLT_ALGO_CAP_REDUCTION_SCHEME_MASK: return word(algorithm.reduction);
    case CUBLASLT_ALGO_CAP_EPILOGUE_MASK: return word(0x3ff & ~(32u | 64u));  // without GELU's
    case CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS: value = algorithm.implementation(); return attribute(value);
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_A_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_B_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_C_BYTES:
    case CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_D_BYTES: return word(algorithm.alignment);
    default: return {};
  }
}

Attribute configuration(const Algorithm& algorithm, cublasLtMatmulAlgoConfigAttributes_t name,
                        std::uint32_t& value) {
  const auto word = [&](std::uint32_t of_it) {
    value = of_it;
    return attribute(value);
  };
  switch (name) {
    case CUBLASLT_ALGO_CONFIG_ID: return word(static_cast<std::uint32_t>(algorithm.id));
    case CUBLASLT_ALGO_CONFIG_TILE_ID: return word(algorithm.tile.id);
    case CUBLASLT_ALGO_CONFIG_STAGES_ID: return word(algorithm.stages);
    case CUBLASLT_ALGO_CONFIG_SPLITK_NUM: return word(static_cast<std::uint32_t>(algorithm.splits));
    case CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME: return word(algorithm.reduction);
    case CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING:
    case CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION: return word(0);
    case CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID:
    case CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID: return word(0).first(sizeof(std::uint16_t));
    default: return {};
  }
}

}  // namespace
}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cublasStatus_t cublasLtMatmulAlgoCapGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                 cublasLtMatmulAlgoCapAttributes_t name, void* to,
                                                 std::size_t bytes, std::size_t* written) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  const std::optional<Choice> choice = decode(algorithm, __func__);
  if (!choice) return CUBLAS_STATUS_INVALID_VALUE;
  std::uint64_t value = 0;
  return get_attribute(capability(*choice->algorithm, name, value), __func__, name, to, bytes, written);
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t name, void* to,
                                                    std::size_t bytes, std::size_t* written) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  const std::optional<Choice> choice = decode(algorithm, __func__);
  if (!choice) return CUBLAS_STATUS_INVALID_VALUE;
  std::uint32_t value = 0;
  return get_attribute(configuration(*choice->algorithm, name, value), __func__, name, to, bytes, written);
}
