// What 32 lanes find out together. All of them take part, and all get the result.
#pragma once

namespace duet::cuda {

constexpr int warp_size = 32;
constexpr unsigned all_lanes = 0xffffffffu;

// The sum over each group of `lanes` neighbours (a power of two), in the same order every time.
template <int lanes = warp_size>
__device__ inline float sum_of_lanes(float value) {
#pragma unroll
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(all_lanes, value, distance);
  }
  return value;
}

// A value and where it stands.
struct Place {
  float value;
  int index;
};

// The greater value, of equal ones the earlier; what is not a number is never greater.
__device__ inline Place first_greater(Place a, Place b) {
  const bool take_b = b.value > a.value || (b.value == a.value && b.index < a.index);
  return take_b ? b : a;
}

template <int lanes = warp_size>
__device__ inline Place maximum_of_lanes(Place place) {
#pragma unroll
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    const Place other{__shfl_xor_sync(all_lanes, place.value, distance),
                      __shfl_xor_sync(all_lanes, place.index, distance)};
    place = first_greater(place, other);
  }
  return place;
}

}  // namespace duet::cuda
