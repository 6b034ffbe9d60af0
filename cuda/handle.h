// What CUDA's libraries hand out, given back at the end of its owner's life.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <memory>
#include <type_traits>

#include "cuda/status.h"

namespace duet::cuda {

template <auto give_back>
struct GiveBack {
  template <class T>
  void operator()(T* handle) const {
    ignore(give_back(handle));
  }
};

// For handles that are pointers: cudaStream_t, cublasLtHandle_t and their kind.
template <class T, auto give_back>
using Handle = std::unique_ptr<std::remove_pointer_t<T>, GiveBack<give_back>>;

using Stream = Handle<cudaStream_t, cudaStreamDestroy>;
using Event = Handle<cudaEvent_t, cudaEventDestroy>;
using Graph = Handle<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;
using LtHandle = Handle<cublasLtHandle_t, cublasLtDestroy>;
using LtLayout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using LtMatmulDesc = Handle<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using LtPreference = Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

// make(&handle) as the library's create functions want it, and what to say when it fails.
template <class Owner, class Make>
Owner create(const Make& make, std::string_view doing) {
  typename Owner::pointer handle = nullptr;
  check(make(&handle), doing);
  return Owner(handle);
}

// One that does not wait for the legacy stream.
inline Stream new_stream() {
  return create<Stream>(
      [](cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking); },
      "making a stream");
}

// One that is only waited for: it measures no time.
inline Event new_event() {
  return create<Event>(
      [](cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDisableTiming); },
      "making an event");
}

inline Event new_timer() {
  return create<Event>([](cudaEvent_t* event) { return cudaEventCreate(event); }, "making an event");
}

}  // namespace duet::cuda
