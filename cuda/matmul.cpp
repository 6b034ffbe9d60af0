#include "cuda/matmul.h"

#include <fmt/format.h>

namespace duet::cuda {
namespace {

template <class T>
void set(cublasLtMatmulDesc_t what, cublasLtMatmulDescAttributes_t attribute, const T& value) {
  check(cublasLtMatmulDescSetAttribute(what, attribute, &value, sizeof value), "describing a product");
}
template <class T>
void set(cublasLtMatmulPreference_t wish, cublasLtMatmulPreferenceAttributes_t attribute, const T& value) {
  check(cublasLtMatmulPreferenceSetAttribute(wish, attribute, &value, sizeof value), "describing a product");
}

LtMatmulDesc describe(const Product& product, Precision precision) {
  auto what = create<LtMatmulDesc>(
      [&](cublasLtMatmulDesc_t* made) {
        const cublasComputeType_t compute =
            precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
        return cublasLtMatmulDescCreate(made, compute, CUDA_R_32F);
      },
      "describing a product");
  const auto operation = [](bool transposed) { return transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
  set(what.get(), CUBLASLT_MATMUL_DESC_TRANSA, operation(product.a.transposed));
  set(what.get(), CUBLASLT_MATMUL_DESC_TRANSB, operation(product.b.transposed));
  set(what.get(), CUBLASLT_MATMUL_DESC_EPILOGUE, product.epilogue);
  // Before an algorithm is chosen, which looks at their alignment.
  if (product.bias != nullptr) set(what.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  if (product.mask != nullptr) {
    set(what.get(), CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, product.mask);
    set(what.get(), CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, product.mask_ld);
  }
  return what;
}

LtLayout layout(int rows, int cols, int ld) {
  return create<LtLayout>(
      [&](cublasLtMatrixLayout_t* made) {
        return cublasLtMatrixLayoutCreate(made, CUDA_R_32F, static_cast<std::uint64_t>(rows),
                                          static_cast<std::uint64_t>(cols), ld);
      },
      "describing a matrix");
}

// Of products whose k is split: none is, or the parts lie in the workspace and a kernel adds them in order.
// INPLACE adds them in the order in which they are ready, and the bits would change from run to run. A layer
// of the reference job takes 13 us in one piece on an H100, and 7 to 8 in parts.
constexpr std::uint32_t reductions =
    CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;

// Rows of our matrices start on 64 bytes, and so does everything that is booked.
LtPreference preference(std::size_t workspace_bytes) {
  auto wish = create<LtPreference>([](auto* made) { return cublasLtMatmulPreferenceCreate(made); },
                                   "describing a product");
  set(wish.get(), CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{workspace_bytes});
  set(wish.get(), CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions);
  for (const auto alignment :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(wish.get(), alignment, std::uint32_t{64});
  }
  return wish;
}

std::int32_t configured(const cublasLtMatmulAlgo_t& algorithm,
                        cublasLtMatmulAlgoConfigAttributes_t attribute) {
  std::int32_t value = 0;
  std::size_t written = 0;
  check(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, attribute, &value, sizeof value, &written),
        "asking for an algorithm's name");
  return value;
}

}  // namespace

// The first that the library proposes: its order is a fixed one for a device and a version. No clock.
std::optional<Matmul> Matmul::plan(cublasLtHandle_t library, const Product& product, Precision precision,
                                   std::size_t workspace_bytes) {
  Matmul planned;
  planned.library_ = library;
  planned.product_ = product;
  planned.what_ = describe(product, precision);
  planned.a_ = layout(product.a.rows, product.a.cols, product.a.ld);
  planned.b_ = layout(product.b.rows, product.b.cols, product.b.ld);
  planned.d_ = layout(product.m(), product.n(), product.ld_d);
  const LtPreference wish = preference(workspace_bytes);
  cublasLtMatmulHeuristicResult_t proposed{};
  int found = 0;
  const cublasStatus_t status =
      cublasLtMatmulAlgoGetHeuristic(library, planned.what_.get(), planned.a_.get(), planned.b_.get(),
                                     planned.d_.get(), planned.d_.get(), wish.get(), 1, &proposed, &found);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || (status == CUBLAS_STATUS_SUCCESS && found == 0))
    return std::nullopt;
  check(status, "choosing an algorithm");
  if (proposed.state != CUBLAS_STATUS_SUCCESS) return std::nullopt;
  planned.algorithm_ = proposed.algo;
  planned.workspace_ = proposed.workspaceSize;
  return planned;
}

void Matmul::start(const Lane& lane) const {
  const float one = 1, zero = 0;
  check(cublasLtMatmul(library_, what_.get(), &one, product_.a.data, a_.get(), product_.b.data, b_.get(),
                       &zero, product_.d, d_.get(), product_.d, d_.get(), &algorithm_, lane.workspace,
                       workspace_, lane.stream),
        "starting a product");
}

std::string Matmul::algorithm() const {
  return fmt::format("id {}, tile {}, stages {}, split {}, reduction {}",
                     configured(algorithm_, CUBLASLT_ALGO_CONFIG_ID),
                     configured(algorithm_, CUBLASLT_ALGO_CONFIG_TILE_ID),
                     configured(algorithm_, CUBLASLT_ALGO_CONFIG_STAGES_ID),
                     configured(algorithm_, CUBLASLT_ALGO_CONFIG_SPLITK_NUM),
                     configured(algorithm_, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME));
}

}  // namespace duet::cuda
