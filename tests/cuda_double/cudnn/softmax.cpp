#include "tests/cuda_double/cudnn/softmax.h"

#include <algorithm>
#include <cmath>

namespace duet::cuda_double {
namespace {

// move(address, first, count) for every run of elements that lie one behind the other. False: memory is
// missing.
template <class Move>
bool each_run(Address begin, const std::vector<std::int64_t>& offsets, const Move& move) {
  for (std::size_t first = 0, end = 0; first < offsets.size(); first = end) {
    end = first + 1;
    while (end < offsets.size() && offsets[end] == offsets[end - 1] + 1) ++end;
    if (!move(begin + static_cast<Address>(offsets[first]) * sizeof(float), first, end - first)) return false;
  }
  return true;
}

bool read(Address begin, const std::vector<std::int64_t>& offsets, std::vector<float>& to) {
  to.resize(offsets.size());
  return each_run(begin, offsets, [&](Address address, std::size_t first, std::size_t count) {
    const auto* const from =
        reinterpret_cast<const float*>(DeviceMemory::instance().readable(address, count * sizeof(float)));
    if (from != nullptr) std::copy(from, from + count, to.begin() + static_cast<std::ptrdiff_t>(first));
    return from != nullptr;
  });
}

bool write(Address begin, const std::vector<std::int64_t>& offsets, const std::vector<float>& values) {
  return each_run(begin, offsets, [&](Address address, std::size_t first, std::size_t count) {
    auto* const to =
        reinterpret_cast<float*>(DeviceMemory::instance().writable(address, count * sizeof(float)));
    if (to != nullptr) std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first), count, to);
    return to != nullptr;
  });
}

// The straightforward algorithm (FAST) overflows where values are large, as it does on a GPU.
void softmax(std::vector<float>& values, cudnnSoftmaxAlgorithm_t algorithm) {
  const float largest = algorithm == CUDNN_SOFTMAX_FAST ? 0 : *std::max_element(values.begin(), values.end());
  float sum = 0;
  for (const float value : values) sum += std::exp(value - largest);
  for (float& value : values) {
    value =
        algorithm == CUDNN_SOFTMAX_LOG ? value - largest - std::log(sum) : std::exp(value - largest) / sum;
  }
}

}  // namespace

std::int64_t Softmax::groups() const {
  const auto& [n, c, h, w] = x.sizes;
  return mode == CUDNN_SOFTMAX_MODE_INSTANCE ? n : n * h * w;
}

std::vector<std::int64_t> Softmax::offsets(const Tensor& tensor, std::int64_t group) const {
  const auto& [n, c, h, w] = tensor.sizes;
  const auto& [n_stride, c_stride, h_stride, w_stride] = tensor.strides;
  std::vector<std::int64_t> all;
  if (mode == CUDNN_SOFTMAX_MODE_CHANNEL) {
    const std::int64_t begin = group / (h * w) * n_stride + group / w % h * h_stride + group % w * w_stride;
    for (std::int64_t i = 0; i < c; ++i) all.push_back(begin + i * c_stride);
    return all;
  }
  for (std::int64_t i = 0; i < c * h * w; ++i)
    all.push_back(group * n_stride + i / (h * w) * c_stride + i / w % h * h_stride + i % w * w_stride);
  return all;
}

cudaError_t Softmax::run() const {
  std::vector<float> values, before;
  for (std::int64_t group = 0; group < groups(); ++group) {
    if (!read(at_x, offsets(x, group), values)) return cudaErrorIllegalAddress;
    softmax(values, algorithm);
    for (float& value : values) value *= alpha;
    const std::vector<std::int64_t> places = offsets(y, group);
    if (beta != 0) {
      if (!read(at_y, places, before)) return cudaErrorIllegalAddress;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += beta * before[i];
    }
    if (!write(at_y, places, values)) return cudaErrorIllegalAddress;
  }
  return cudaSuccess;
}

}  // namespace duet::cuda_double
