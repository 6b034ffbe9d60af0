#include "cuda/matmul.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cstring>

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

std::string hexadecimal(const cublasLtMatmulAlgo_t& choice) {
  std::array<unsigned char, sizeof choice> bytes;
  std::memcpy(bytes.data(), &choice, sizeof choice);
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::optional<cublasLtMatmulAlgo_t> from_hexadecimal(std::string_view text) {
  std::array<unsigned char, sizeof(cublasLtMatmulAlgo_t)> bytes;
  if (text.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, bytes[i], 16).ptr != digits + 2) return std::nullopt;
  }
  cublasLtMatmulAlgo_t choice;
  std::memcpy(&choice, bytes.data(), sizeof choice);
  return choice;
}

}  // namespace

std::string name_of(const Algorithm& algorithm) {
  const auto value = [&](auto attribute) { return configured(algorithm.choice, attribute); };
  return fmt::format("id {}, tile {}, stages {}, split {}, reduction {}", value(CUBLASLT_ALGO_CONFIG_ID),
                     value(CUBLASLT_ALGO_CONFIG_TILE_ID), value(CUBLASLT_ALGO_CONFIG_STAGES_ID),
                     value(CUBLASLT_ALGO_CONFIG_SPLITK_NUM), value(CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME));
}

TunedAlgorithm to_keep(const Algorithm& algorithm) {
  return {.name = name_of(algorithm), .bytes = hexadecimal(algorithm.choice)};
}

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
  planned.precision_ = precision;
  planned.workspace_bytes_ = workspace_bytes;
  const std::vector<Algorithm> first = planned.proposed(1);
  if (first.empty()) return std::nullopt;
  planned.algorithm_ = first.front();
  return planned;
}

std::vector<Algorithm> Matmul::proposed(int most) const {
  const LtPreference wish = preference(workspace_bytes_);
  std::vector<cublasLtMatmulHeuristicResult_t> results(static_cast<std::size_t>(most));
  int found = 0;
  const cublasStatus_t status =
      cublasLtMatmulAlgoGetHeuristic(library_, what_.get(), a_.get(), b_.get(), d_.get(), d_.get(),
                                     wish.get(), most, results.data(), &found);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
  check(status, "choosing an algorithm");
  results.resize(static_cast<std::size_t>(found));
  std::vector<Algorithm> algorithms;
  for (const cublasLtMatmulHeuristicResult_t& one : results) {
    if (one.state == CUBLAS_STATUS_SUCCESS) algorithms.push_back({one.algo, one.workspaceSize});
  }
  return algorithms;
}

void Matmul::take(const Algorithm& measured) {
  algorithm_ = measured;
  tuned_ = true;
}

bool Matmul::take(const TunedAlgorithm& kept) {
  const std::optional<cublasLtMatmulAlgo_t> choice = from_hexadecimal(kept.bytes);
  if (!choice) return false;
  cublasLtMatmulHeuristicResult_t checked{};
  const cublasStatus_t status = cublasLtMatmulAlgoCheck(library_, what_.get(), a_.get(), b_.get(), d_.get(),
                                                        d_.get(), &*choice, &checked);
  if (status != CUBLAS_STATUS_SUCCESS || checked.state != CUBLAS_STATUS_SUCCESS) return false;
  if (checked.workspaceSize > workspace_bytes_) return false;
  take({*choice, checked.workspaceSize});
  return true;
}

std::string Matmul::key() const {
  const auto factor = [](const Product::Factor& f) {
    return fmt::format("{}x{}/{}{}", f.rows, f.cols, f.ld, f.transposed ? " transposed" : "");
  };
  return fmt::format("{} by {} to {}, epilogue {}, mask {}, {}, workspace {}", factor(product_.a),
                     factor(product_.b), product_.ld_d, static_cast<int>(product_.epilogue), product_.mask_ld,
                     duet::name_of(precision_), workspace_bytes_);
}

void Matmul::start(const Lane& lane) const {
  const float one = 1, zero = 0;
  check(cublasLtMatmul(library_, what_.get(), &one, product_.a.data, a_.get(), product_.b.data, b_.get(),
                       &zero, product_.d, d_.get(), product_.d, d_.get(), &algorithm_.choice, lane.workspace,
                       algorithm_.workspace, lane.stream),
        "starting a product");
}

}  // namespace duet::cuda
