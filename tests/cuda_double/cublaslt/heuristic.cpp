// Which algorithms there are for a product.
#include <fmt/format.h>

#include "tests/cuda_double/cublaslt/choice.h"
#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {
namespace {

// Of an address with this alignment, or of the columns behind it.
bool is_aligned(const Shape& shape, std::uint64_t promised, std::uint32_t needed) {
  return promised % needed == 0 && static_cast<std::uint64_t>(shape.ld) * sizeof(float) % needed == 0;
}

bool fits(const Algorithm& algorithm, const Problem& problem, const MatmulPreference& preference) {
  const Shape* const shapes[] = {&problem.a, &problem.b, &problem.c, &problem.d};
  for (int i = 0; i < 4; ++i) {
    if (!is_aligned(*shapes[i], preference.alignments[i], algorithm.alignment)) return false;
  }
  return algorithm.workspace(problem) <= preference.workspace &&
         (algorithm.reduction & ~preference.reductions) == 0 &&
         (algorithm.implementation() & ~preference.implementations) == 0;
}

cublasStatus_t check_types(cublasComputeType_t compute, std::initializer_list<cudaDataType_t> types,
                           const char* call) {
  bool known = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC ||
               compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  for (const cudaDataType_t type : types) known = known && type == CUDA_R_32F;
  return known ? CUBLAS_STATUS_SUCCESS : unsupported(fmt::format("{}: types other than float", call));
}

}  // namespace
}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t what,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t wish, int wanted,
                                              cublasLtMatmulHeuristicResult_t* results, int* found) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  if (const cublasStatus_t status = check_handle(handle, __func__); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (wanted <= 0 || results == nullptr || found == nullptr)
    return forbidden(fmt::format("{}: no room for an algorithm", __func__));
  *found = 0;
  Problem problem;
  const cublasStatus_t status = describe({what, a, b, c, d}, __func__, problem);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  const MatmulPreference* const preference = find(wish, __func__);
  if (preference == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (preference->search_mode != CUBLASLT_SEARCH_BEST_FIT)
    return unsupported(fmt::format("{}: search mode {}", __func__, preference->search_mode));
  // The library says "none" in two ways, and a program must understand both.
  if (has_none_at_all()) return CUBLAS_STATUS_SUCCESS;
  if (!has_algorithm(problem)) return CUBLAS_STATUS_NOT_SUPPORTED;

  for (const Algorithm* const algorithm : ranked_algorithms_for(problem)) {
    if (*found == wanted || !fits(*algorithm, problem, *preference)) continue;
    results[(*found)++] = {
        .algo = encode({algorithm, preference->alignments, problem.fingerprint()}),
        .workspaceSize = algorithm->workspace(problem),
        .state = CUBLAS_STATUS_SUCCESS,
        .wavesCount = algorithm->waves(problem),
        .reserved = {},
    };
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, cublasLtMatmulDesc_t what,
                                       cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                       cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                       const cublasLtMatmulAlgo_t* algorithm,
                                       cublasLtMatmulHeuristicResult_t* result) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  if (const cublasStatus_t status = check_handle(handle, __func__); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (result == nullptr) return forbidden(fmt::format("{}: nowhere to put the result", __func__));
  const std::optional<Choice> choice = decode(algorithm, __func__);
  if (!choice) return CUBLAS_STATUS_INVALID_VALUE;
  Problem problem;
  cublasStatus_t status = describe({what, a, b, c, d}, __func__, problem);
  if (status == CUBLAS_STATUS_SUCCESS) status = check_choice(*choice, problem, __func__);
  result->state = status;  // `algo` is never updated
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  result->workspaceSize = choice->algorithm->workspace(problem);
  result->wavesCount = choice->algorithm->waves(problem);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetIds(cublasLtHandle_t handle, cublasComputeType_t compute,
                                        cudaDataType_t scale, cudaDataType_t a, cudaDataType_t b,
                                        cudaDataType_t c, cudaDataType_t d, int wanted, int* ids,
                                        int* found) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  cublasStatus_t status = check_handle(handle, __func__);
  if (status == CUBLAS_STATUS_SUCCESS) status = check_types(compute, {scale, a, b, c, d}, __func__);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (wanted <= 0 || ids == nullptr || found == nullptr)
    return forbidden(fmt::format("{}: no room for an algorithm", __func__));
  *found = 0;
  for (const Algorithm& algorithm : algorithms_for(compute)) {
    if (*found < wanted) ids[(*found)++] = algorithm.id;
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoInit(cublasLtHandle_t handle, cublasComputeType_t compute,
                                      cudaDataType_t scale, cudaDataType_t a, cudaDataType_t b,
                                      cudaDataType_t c, cudaDataType_t d, int id,
                                      cublasLtMatmulAlgo_t* made) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_INTERNAL_ERROR;
  cublasStatus_t status = check_handle(handle, __func__);
  if (status == CUBLAS_STATUS_SUCCESS) status = check_types(compute, {scale, a, b, c, d}, __func__);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (made == nullptr || find_algorithm(id) == nullptr)
    return forbidden(fmt::format("{}: algorithm {}", __func__, id));
  for (const Algorithm& algorithm : algorithms_for(compute)) {
    if (algorithm.id != id) continue;
    *made = encode({&algorithm, {1, 1, 1, 1}, 0});
    return CUBLAS_STATUS_SUCCESS;
  }
  return CUBLAS_STATUS_NOT_SUPPORTED;
}
