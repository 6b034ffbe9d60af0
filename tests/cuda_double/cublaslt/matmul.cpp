// cublasLtMatmul: what is wrong with a call is found when it is made, what is wrong with memory when it runs.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/cuda_double/cublaslt/choice.h"
#include "tests/cuda_double/cublaslt/product.h"
#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {
namespace {

// Columns of memory that a product reads or writes.
struct Area {
  const char* name;
  Address begin;
  std::int64_t cols, stride, width;  // the latter two in bytes
  bool written;

  // The end of the last column that begins before `end`.
  Address end_before(Address end) const {
    const std::int64_t col = std::min(cols - 1, static_cast<std::int64_t>(end - 1 - begin) / stride);
    return begin + static_cast<Address>(col * stride + width);
  }
  bool overlaps(const Area& other) const {
    for (std::int64_t col = 0; col < cols; ++col) {
      const Address from = begin + static_cast<Address>(col * stride),
                    to = from + static_cast<Address>(width);
      if (other.begin < to && other.end_before(to) > from) return true;
    }
    return false;
  }
};

std::vector<Area> areas(const Product& product) {
  const Problem& problem = product.problem;
  const auto matrix = [](const char* name, Address begin, const Shape& shape, bool written) {
    constexpr std::int64_t size = sizeof(float);
    return Area{name, begin, shape.cols, shape.ld * size, shape.rows * size, written};
  };
  const auto piece = [](const char* name, Address begin, std::size_t bytes, bool written) {
    const auto width = static_cast<std::int64_t>(bytes);
    return Area{name, begin, 1, width, width, written};
  };
  std::vector<Area> all = {matrix("A", product.a, problem.a, false), matrix("B", product.b, problem.b, false),
                           matrix("D", product.d, problem.d, true)};
  const bool in_place = product.c == product.d && problem.c.ld == problem.d.ld;
  if (product.reads_c() && !in_place) all.push_back(matrix("C", product.c, problem.c, false));
  if (problem.has_vector()) {
    all.push_back(piece("the vector behind the bias pointer", problem.bias,
                        static_cast<std::size_t>(problem.vector_length()) * sizeof(float),
                        problem.writes_vector()));
  }
  if (problem.has(mask_bit)) {
    all.push_back(piece("the mask", problem.mask, static_cast<std::size_t>(problem.mask_ld / 8 * problem.n),
                        problem.writes_mask()));
  }
  if (const std::size_t bytes = product.algorithm->workspace(problem); bytes > 0)
    all.push_back(piece("the workspace", product.workspace, bytes, true));
  return all;
}

cublasStatus_t check_places(const Product& product, const Choice& choice, const std::string& call) {
  const std::vector<Area> all = areas(product);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].begin == 0) return forbidden(fmt::format("{}: {} is null", call, all[i].name));
    for (std::size_t j = 0; j < i; ++j) {
      if ((all[i].written || all[j].written) && all[i].overlaps(all[j]))
        return forbidden(fmt::format("{}: {} and {} overlap", call, all[j].name, all[i].name));
    }
  }
  const Address matrices[] = {product.a, product.b, product.c, product.d};
  for (int i = 0; i < 4; ++i) {
    if (matrices[i] % choice.alignments[i] != 0 || matrices[i] % choice.algorithm->alignment != 0)
      return forbidden(fmt::format("{}: {} at {:#x} is less aligned than was promised or is needed", call,
                                   "ABCD"[i], matrices[i]),
                       CUBLAS_STATUS_NOT_SUPPORTED);
  }
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace
}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t what, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_layout, void* d, cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                              std::size_t workspace_bytes, cudaStream_t stream) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_EXECUTION_FAILED;
  if (const cublasStatus_t status = check_handle(handle, __func__); status != CUBLAS_STATUS_SUCCESS)
    return status;
  const std::optional<Choice> choice = decode(algorithm, __func__);
  if (!choice) return CUBLAS_STATUS_INVALID_VALUE;
  Product product;
  product.algorithm = choice->algorithm;
  cublasStatus_t status = describe({what, a_layout, b_layout, c_layout, d_layout}, __func__, product.problem);
  if (status == CUBLAS_STATUS_SUCCESS) status = check_choice(*choice, product.problem, __func__);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (alpha == nullptr || beta == nullptr)
    return forbidden(fmt::format("{}: no alpha, or no beta", __func__));
  product.alpha = *static_cast<const float*>(alpha);
  product.beta = *static_cast<const float*>(beta);
  const auto address = [](const void* pointer) { return reinterpret_cast<Address>(pointer); };
  product.a = address(a), product.b = address(b), product.c = address(c), product.d = address(d);
  product.workspace = address(workspace);

  const Problem& problem = product.problem;
  const std::string call = fmt::format("{} {} x {} x {}", __func__, problem.m, problem.n, problem.k);
  if (const std::size_t needed = choice->algorithm->workspace(problem); needed > workspace_bytes)
    return forbidden(
        fmt::format("{}: {} bytes of workspace, of which {} are needed", call, workspace_bytes, needed));
  if (problem.bias != 0 && !problem.has_vector())  // 13.1 on an H100 does, and only when the product starts
    return forbidden(
        fmt::format("{}: a bias pointer, for which epilogue {} has no use", call, problem.epilogue));
  if (product.workspace % 256 != 0)
    return forbidden(
        fmt::format("{}: a workspace at {:#x}, which is not a multiple of 256", call, product.workspace));
  status = check_places(product, *choice, call);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  const cudaError_t queued =
      enqueue(stream, {call, [product] { return product.run(); }, product.algorithm->microseconds(problem)});
  return queued == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}
