// What a stage reads and writes, as the planner compares it (core/ops.h has the same of a whole op).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ops.h"
#include "core/unwrap.h"

namespace duet::cpu {

template <class T>
Access access(const T* data, std::size_t size, bool write) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  return {begin, begin + size * sizeof(T), write};
}
template <class T>
Access reads(const Mat<T>& m) {
  return access(unwrap(m.data), static_cast<std::size_t>(m.rows) * m.ld, false);
}
template <class T>
Access writes(const Mat<T>& m) {
  return access(unwrap(m.data), static_cast<std::size_t>(m.rows) * m.ld, true);
}
inline Access reads(const Batch& batch) {  // its pixels never change
  return access(unwrap(batch.order.data), static_cast<std::size_t>(batch.order.size), false);
}
inline Access reads(const Input& x) {
  return std::visit([](const auto& input) { return reads(input); }, x);
}

}  // namespace duet::cpu
