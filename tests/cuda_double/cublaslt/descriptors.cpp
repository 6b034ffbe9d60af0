#include "tests/cuda_double/cublaslt/descriptors.h"

#include "tests/cuda_double/cublaslt/attributes.h"
#include "tests/cuda_double/library_handles.h"

namespace duet::cuda_double {
namespace {

LibraryHandles<MatmulDesc> descs;
LibraryHandles<MatrixLayout> layouts;
LibraryHandles<MatmulPreference> preferences;

Attribute attribute_of(MatmulDesc& desc, cublasLtMatmulDescAttributes_t name) {
  switch (name) {
    case CUBLASLT_MATMUL_DESC_COMPUTE_TYPE: return attribute(desc.compute_type);
    case CUBLASLT_MATMUL_DESC_SCALE_TYPE: return attribute(desc.scale_type);
    case CUBLASLT_MATMUL_DESC_POINTER_MODE: return attribute(desc.pointer_mode);
    case CUBLASLT_MATMUL_DESC_TRANSA: return attribute(desc.transpose_a);
    case CUBLASLT_MATMUL_DESC_TRANSB: return attribute(desc.transpose_b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return attribute(desc.epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return attribute(desc.bias);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER: return attribute(desc.mask);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD: return attribute(desc.mask_ld);
    default: return {};
  }
}

Attribute attribute_of(MatrixLayout& layout, cublasLtMatrixLayoutAttribute_t name) {
  switch (name) {
    case CUBLASLT_MATRIX_LAYOUT_TYPE: return attribute(layout.type);
    case CUBLASLT_MATRIX_LAYOUT_ORDER: return attribute(layout.order);
    case CUBLASLT_MATRIX_LAYOUT_ROWS: return attribute(layout.rows);
    case CUBLASLT_MATRIX_LAYOUT_COLS: return attribute(layout.cols);
    case CUBLASLT_MATRIX_LAYOUT_LD: return attribute(layout.ld);
    default: return {};
  }
}

Attribute attribute_of(MatmulPreference& preference, cublasLtMatmulPreferenceAttributes_t name) {
  switch (name) {
    case CUBLASLT_MATMUL_PREF_SEARCH_MODE: return attribute(preference.search_mode);
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES: return attribute(preference.workspace);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK: return attribute(preference.reductions);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return attribute(preference.alignments[name - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES]);
    case CUBLASLT_MATMUL_PREF_IMPL_MASK: return attribute(preference.implementations);
    default: return {};
  }
}

cublasStatus_t no_descriptor(const char* call, const void* handle) {
  return forbidden(fmt::format("{}: {} is no living descriptor", call, handle));
}

template <class T, class Handle>
T* living(LibraryHandles<T>& handles, Handle handle, const char* call) {
  T* const found = handles.find(handle);
  if (found == nullptr) no_descriptor(call, handle);
  return found;
}

template <class T, class Handle>
cublasStatus_t make(LibraryHandles<T>& handles, Handle* made, T value, const char* call) {
  if (fails_by_injection(call)) return CUBLAS_STATUS_ALLOC_FAILED;
  if (made == nullptr) return forbidden(fmt::format("{}: nowhere to put the descriptor", call));
  *made = reinterpret_cast<Handle>(handles.make(std::move(value)));
  return CUBLAS_STATUS_SUCCESS;
}

// Giving back null succeeds in the library, too. What is given back is, even where the call is to fail.
template <class T, class Handle>
cublasStatus_t give_back(LibraryHandles<T>& handles, Handle handle, const char* call) {
  const bool fails = fails_by_injection(call);
  if (handle != nullptr && !handles.give_back(handle)) return no_descriptor(call, handle);
  return fails ? CUBLAS_STATUS_INTERNAL_ERROR : CUBLAS_STATUS_SUCCESS;
}

template <class T, class Handle, class Name>
cublasStatus_t set(LibraryHandles<T>& handles, Handle handle, const char* call, Name name, const void* from,
                   std::size_t bytes) {
  if (fails_by_injection(call)) return CUBLAS_STATUS_INTERNAL_ERROR;
  T* const found = living(handles, handle, call);
  if (found == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  return set_attribute(attribute_of(*found, name), call, name, from, bytes);
}

template <class T, class Handle, class Name>
cublasStatus_t get(LibraryHandles<T>& handles, Handle handle, const char* call, Name name, void* to,
                   std::size_t bytes, std::size_t* written) {
  if (fails_by_injection(call)) return CUBLAS_STATUS_INTERNAL_ERROR;
  T* const found = living(handles, handle, call);
  if (found == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  return get_attribute(attribute_of(*found, name), call, name, to, bytes, written);
}

}  // namespace

const MatmulDesc* find(cublasLtMatmulDesc_t handle, const char* call) { return living(descs, handle, call); }
const MatrixLayout* find(cublasLtMatrixLayout_t handle, const char* call) {
  return living(layouts, handle, call);
}
const MatmulPreference* find(cublasLtMatmulPreference_t handle, const char* call) {
  return living(preferences, handle, call);
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* made, cublasComputeType_t compute_type,
                                        cudaDataType_t scale_type) {
  return make(descs, made, MatmulDesc{.compute_type = compute_type, .scale_type = scale_type}, __func__);
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
  return give_back(descs, desc, __func__);
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t name,
                                              const void* from, std::size_t bytes) {
  return set(descs, desc, __func__, name, from, bytes);
}
cublasStatus_t cublasLtMatmulDescGetAttribute(cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t name,
                                              void* to, std::size_t bytes, std::size_t* written) {
  return get(descs, desc, __func__, name, to, bytes, written);
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* made, cudaDataType type, std::uint64_t rows,
                                          std::uint64_t cols, std::int64_t ld) {
  const MatrixLayout layout{.type = static_cast<std::uint32_t>(type), .rows = rows, .cols = cols, .ld = ld};
  return make(layouts, made, layout, __func__);
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  return give_back(layouts, layout, __func__);
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t name, const void* from,
                                                std::size_t bytes) {
  return set(layouts, layout, __func__, name, from, bytes);
}
cublasStatus_t cublasLtMatrixLayoutGetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t name, void* to,
                                                std::size_t bytes, std::size_t* written) {
  return get(layouts, layout, __func__, name, to, bytes, written);
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) {
  return make(preferences, made, MatmulPreference{}, __func__);
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  return give_back(preferences, preference, __func__);
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* from, std::size_t bytes) {
  return set(preferences, preference, __func__, name, from, bytes);
}
