#include "tests/cuda_double/cublaslt/choice.h"

#include <fmt/format.h>

#include <cstring>

namespace duet::cuda_double {
namespace {

struct Bytes {
  std::uint64_t mark;
  std::int32_t id;
  std::array<std::uint32_t, 4> alignments;
  std::uint64_t fingerprint;
};
constexpr std::uint64_t mark = 0x6475'6574'6c74'3133;  // tells the double's own from others
static_assert(sizeof(Bytes) <= sizeof(cublasLtMatmulAlgo_t));

}  // namespace

cublasLtMatmulAlgo_t encode(const Choice& choice) {
  const Bytes bytes{.mark = mark,
                    .id = choice.algorithm->id,
                    .alignments = choice.alignments,
                    .fingerprint = choice.fingerprint};
  cublasLtMatmulAlgo_t encoded{};
  std::memcpy(&encoded, &bytes, sizeof bytes);
  return encoded;
}

std::optional<Choice> decode(const cublasLtMatmulAlgo_t* encoded, const char* call) {
  if (encoded != nullptr) {
    Bytes bytes;
    std::memcpy(&bytes, encoded, sizeof bytes);
    const Algorithm* const algorithm = find_algorithm(bytes.id);
    if (bytes.mark == mark && algorithm != nullptr)
      return Choice{algorithm, bytes.alignments, bytes.fingerprint};
  }
  forbidden(fmt::format("{}: no algorithm, or not one of this library's", call));
  return std::nullopt;
}

cublasStatus_t check_choice(const Choice& choice, const Problem& problem, const char* call) {
  if (!has_algorithm(problem)) return CUBLAS_STATUS_NOT_SUPPORTED;
  bool fits = false;
  for (const Algorithm& one : algorithms_for(problem.compute_type)) fits |= &one == choice.algorithm;
  if (fits && (choice.fingerprint == 0 || choice.fingerprint == problem.fingerprint()))
    return CUBLAS_STATUS_SUCCESS;
  return forbidden(fmt::format("{}: algorithm {} was chosen for another problem than {} x {} x {}", call,
                               choice.algorithm->id, problem.m, problem.n, problem.k));
}

}  // namespace duet::cuda_double
