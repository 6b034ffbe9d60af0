#include "tests/cuda_double/cudnn/refusal.h"

#include <utility>

#include "tests/cuda_double/machine/report.h"

namespace duet::cuda_double {
namespace {

thread_local std::string last_error;

}  // namespace

cudnnStatus_t forbidden(std::string text, cudnnStatus_t status) {
  report(Check::misuse, text);
  return failed(std::move(text), status);
}

cudnnStatus_t unsupported(std::string text) {
  report(Check::unsupported, text);
  return failed(std::move(text), CUDNN_STATUS_NOT_SUPPORTED);
}

cudnnStatus_t failed(std::string text, cudnnStatus_t status) {
  last_error = std::move(text);
  return status;
}

}  // namespace duet::cuda_double

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_INTERNAL_ERROR: return "CUDNN_STATUS_INTERNAL_ERROR";
    case CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED:
      return "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED";
    case CUDNN_STATUS_EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
    default: return "CUDNN_UNKNOWN_STATUS";  // the double answers with no other
  }
}

// Of this thread; what was said is forgotten.
void cudnnGetLastErrorString(char* message, std::size_t size) {
  const std::string text = std::exchange(duet::cuda_double::last_error, {});
  if (message == nullptr || size == 0) return;
  message[text.copy(message, size - 1)] = '\0';
}
