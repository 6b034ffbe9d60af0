#include "tests/cuda_double/cublaslt/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace duet::cuda_double {
namespace {

constexpr std::uint32_t epilogues[] = {
    CUBLASLT_EPILOGUE_DEFAULT,     CUBLASLT_EPILOGUE_RELU,     CUBLASLT_EPILOGUE_BIAS,
    CUBLASLT_EPILOGUE_RELU_BIAS,   CUBLASLT_EPILOGUE_RELU_AUX, CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
    CUBLASLT_EPILOGUE_DRELU,       CUBLASLT_EPILOGUE_BGRADA,   CUBLASLT_EPILOGUE_BGRADB,
    CUBLASLT_EPILOGUE_DRELU_BGRAD,
};

template <class List>
bool contains(const List& list, std::int64_t value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

// What the double has no loops for, in a word; empty: it has.
std::string unknown(const MatmulDesc& what) {
  constexpr int computes[] = {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_PEDANTIC, CUBLAS_COMPUTE_32F_FAST_TF32};
  constexpr int transposes[] = {CUBLAS_OP_N, CUBLAS_OP_T};
  if (!contains(computes, what.compute_type)) return fmt::format("compute type {}", what.compute_type);
  if (what.scale_type != CUDA_R_32F) return fmt::format("scale type {}", what.scale_type);
  if (what.pointer_mode != CUBLASLT_POINTER_MODE_HOST)
    return fmt::format("pointer mode {}", what.pointer_mode);
  if (!contains(transposes, what.transpose_a)) return fmt::format("operation {} on A", what.transpose_a);
  if (!contains(transposes, what.transpose_b)) return fmt::format("operation {} on B", what.transpose_b);
  if (!contains(epilogues, what.epilogue)) return fmt::format("epilogue {}", what.epilogue);
  return {};
}

cublasStatus_t read_layout(const MatrixLayout& layout, char name, const char* call, Shape& shape) {
  if (layout.type != CUDA_R_32F)
    return unsupported(fmt::format("{}: {} of type {}", call, name, layout.type));
  if (layout.order != CUBLASLT_ORDER_COL)
    return unsupported(fmt::format("{}: {} in order {}", call, name, layout.order));
  shape = {static_cast<std::int64_t>(layout.rows), static_cast<std::int64_t>(layout.cols), layout.ld};
  if (shape.rows > 0 && shape.cols > 0 && shape.ld >= shape.rows) return CUBLAS_STATUS_SUCCESS;
  return forbidden(fmt::format("{}: {} is {} x {} with {} from column to column", call, name, shape.rows,
                               shape.cols, shape.ld));
}

cublasStatus_t check_sizes(const Problem& problem, const char* call) {
  const std::int64_t k = problem.transpose_b ? problem.b.cols : problem.b.rows;
  const auto is_result = [&](const Shape& shape) {
    return shape.rows == problem.m && shape.cols == problem.n;
  };
  if (k != problem.k || !is_result(problem.c) || !is_result(problem.d)) {
    return forbidden(fmt::format("{}: {} x {} times {} x {} cannot be added to {} x {} and be {} x {}", call,
                                 problem.m, problem.k, k, problem.n, problem.c.rows, problem.c.cols,
                                 problem.d.rows, problem.d.cols));
  }
  if (problem.has(mask_bit) && (problem.mask_ld % 128 != 0 || problem.mask_ld < problem.m)) {
    return forbidden(fmt::format(
        "{}: {} bits from column to column of the mask: must be a multiple of 128, and {} at least", call,
        problem.mask_ld, problem.m));
  }
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

std::uint64_t Problem::fingerprint() const {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::int64_t value : {m, n, k, std::int64_t{transpose_a}, std::int64_t{transpose_b}, a.ld, b.ld,
                                   c.ld, d.ld, std::int64_t{compute_type}, std::int64_t{epilogue}, mask_ld}) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3;
  }
  return hash;
}

cublasStatus_t describe(const Descriptors& by, const char* call, Problem& problem) {
  const MatmulDesc* const what = find(by.what, call);
  if (what == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (const std::string name = unknown(*what); !name.empty())
    return unsupported(fmt::format("{}: {}", call, name));

  struct Named {
    char name;
    cublasLtMatrixLayout_t layout;
    Shape* shape;
  };
  for (const Named& one : {Named{'A', by.a, &problem.a}, Named{'B', by.b, &problem.b},
                           Named{'C', by.c, &problem.c}, Named{'D', by.d, &problem.d}}) {
    const MatrixLayout* const layout = find(one.layout, call);
    if (layout == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
    const cublasStatus_t status = read_layout(*layout, one.name, call, *one.shape);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
  }
  problem.transpose_a = what->transpose_a == CUBLAS_OP_T;
  problem.transpose_b = what->transpose_b == CUBLAS_OP_T;
  problem.m = problem.transpose_a ? problem.a.cols : problem.a.rows;
  problem.k = problem.transpose_a ? problem.a.rows : problem.a.cols;
  problem.n = problem.transpose_b ? problem.b.rows : problem.b.cols;
  problem.compute_type = static_cast<cublasComputeType_t>(what->compute_type);
  problem.epilogue = what->epilogue;
  problem.bias = what->bias;
  problem.mask = what->mask;
  problem.mask_ld = what->mask_ld;
  return check_sizes(problem, call);
}

}  // namespace duet::cuda_double
