#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "tests/cuda_double/machine/report.h"

using namespace duet::cuda_double;

namespace {

struct Words {
  cudaError_t error;
  const char *name, *sentence;
};

// Those that the double answers with, in NVIDIA's words.
#define DUET_WORDS(error, sentence) \
  { error, #error, sentence }
constexpr Words known[] = {
    DUET_WORDS(cudaSuccess, "no error"),
    DUET_WORDS(cudaErrorInvalidValue, "invalid argument"),
    DUET_WORDS(cudaErrorMemoryAllocation, "out of memory"),
    DUET_WORDS(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    DUET_WORDS(cudaErrorInvalidPitchValue, "invalid pitch argument"),
    DUET_WORDS(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version"),
    DUET_WORDS(cudaErrorInvalidDeviceFunction, "invalid device function"),
    DUET_WORDS(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    DUET_WORDS(cudaErrorInvalidDevice, "invalid device ordinal"),
    DUET_WORDS(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device"),
    DUET_WORDS(cudaErrorInvalidPtx, "a PTX JIT compilation failed"),
    DUET_WORDS(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    DUET_WORDS(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    DUET_WORDS(cudaErrorNotReady, "device not ready"),
    DUET_WORDS(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    DUET_WORDS(cudaErrorLaunchOutOfResources, "too many resources requested for launch"),
    DUET_WORDS(cudaErrorLaunchTimeout, "the launch timed out and was terminated"),
    DUET_WORDS(cudaErrorAssert, "device-side assert triggered"),
    DUET_WORDS(cudaErrorIllegalInstruction, "an illegal instruction was encountered"),
    DUET_WORDS(cudaErrorMisalignedAddress, "misaligned address"),
    DUET_WORDS(cudaErrorLaunchFailure, "unspecified launch failure"),
    DUET_WORDS(cudaErrorNotSupported, "operation not supported"),
    DUET_WORDS(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing"),
    DUET_WORDS(cudaErrorStreamCaptureInvalidated, "operation failed due to a previous error during capture"),
    DUET_WORDS(cudaErrorStreamCaptureMerge,
               "operation would result in a merge of separate capture sequences"),
    DUET_WORDS(cudaErrorStreamCaptureUnmatched, "capture was not ended in the same stream as it began"),
    DUET_WORDS(cudaErrorStreamCaptureUnjoined, "capturing stream has unjoined work"),
    DUET_WORDS(cudaErrorStreamCaptureIsolation, "dependency created on uncaptured work in another stream"),
    DUET_WORDS(cudaErrorStreamCaptureImplicit,
               "operation would make the legacy stream depend on a capturing blocking stream"),
    DUET_WORDS(cudaErrorCapturedEvent,
               "operation not permitted on an event last recorded in a capturing stream"),
    DUET_WORDS(cudaErrorStreamCaptureWrongThread,
               "attempt to terminate a thread-local capture sequence from another thread"),
    DUET_WORDS(cudaErrorUnknown, "unknown error"),
};
#undef DUET_WORDS

Words words_of(cudaError_t error) {
  for (const Words& words : known) {
    if (words.error == error) return words;
  }
  report(Check::unsupported, fmt::format("the name of error {}", static_cast<int>(error)));
  return {error, "unrecognized error code", "unrecognized error code"};
}

}  // namespace

const char* cudaGetErrorName(cudaError_t error) { return words_of(error).name; }
const char* cudaGetErrorString(cudaError_t error) { return words_of(error).sentence; }
