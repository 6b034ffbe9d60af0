// Attributes as all of cuBLASLt's objects have them: copied out and in, with their size.
#pragma once

#include <cublasLt.h>
#include <fmt/format.h>

#include <cstring>
#include <span>

#include "tests/cuda_double/cublaslt/descriptors.h"

namespace duet::cuda_double {

// Empty stands for an attribute that the double does not know.
using Attribute = std::span<std::byte>;

template <class T>
Attribute attribute(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

inline cublasStatus_t set_attribute(Attribute to, const char* call, int number, const void* from,
                                    std::size_t bytes) {
  if (to.empty()) return unsupported(fmt::format("{}: attribute {}", call, number));
  if (from == nullptr || bytes != to.size())
    return forbidden(fmt::format("{}: attribute {} has {} bytes, not {}", call, number, to.size(), bytes));
  std::memcpy(to.data(), from, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

inline cublasStatus_t get_attribute(Attribute from, const char* call, int number, void* to, std::size_t bytes,
                                    std::size_t* written) {
  if (from.empty()) return unsupported(fmt::format("{}: attribute {}", call, number));
  if (bytes == 0 && written != nullptr) {
    *written = from.size();  // how many it would be
    return CUBLAS_STATUS_SUCCESS;
  }
  if (to == nullptr || bytes != from.size())
    return forbidden(fmt::format("{}: attribute {} has {} bytes, not {}", call, number, from.size(), bytes));
  std::memcpy(to, from.data(), bytes);
  if (written != nullptr) *written = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace duet::cuda_double
