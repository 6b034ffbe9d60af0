// The types of PTX, and the way from one to a C++ type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace duet::cuda_double::ptx {

enum class Type : std::uint8_t { pred, b8, u8, s8, b16, u16, s16, b32, u32, s32, f32, b64, u64, s64, f64 };

struct TypeFacts {
  Type type;
  std::string_view name;
  std::uint8_t size;  // bytes; of a predicate too
  char kind;          // 'p', 'b', 'u', 's', 'f'
};
inline constexpr TypeFacts all_types[] = {
    {Type::pred, "pred", 1, 'p'}, {Type::b8, "b8", 1, 'b'},   {Type::u8, "u8", 1, 'u'},
    {Type::s8, "s8", 1, 's'},     {Type::b16, "b16", 2, 'b'}, {Type::u16, "u16", 2, 'u'},
    {Type::s16, "s16", 2, 's'},   {Type::b32, "b32", 4, 'b'}, {Type::u32, "u32", 4, 'u'},
    {Type::s32, "s32", 4, 's'},   {Type::f32, "f32", 4, 'f'}, {Type::b64, "b64", 8, 'b'},
    {Type::u64, "u64", 8, 'u'},   {Type::s64, "s64", 8, 's'}, {Type::f64, "f64", 8, 'f'},
};
constexpr const TypeFacts& facts(Type type) { return all_types[static_cast<int>(type)]; }
constexpr std::size_t size_of(Type type) { return facts(type).size; }
constexpr std::optional<Type> type_named(std::string_view name) {
  for (const TypeFacts& each : all_types) {
    if (each.name == name) return each.type;
  }
  return {};
}

// Calls f(T{}) with the C++ type of `type`, where that is one of Ts (bits are unsigned numbers); else gives
// what f's result is by default: no function.
template <class... Ts, class F>
auto with_type(Type type, F f) {
  using Result = std::common_type_t<decltype(f(Ts{}))...>;
  Result result{};
  const auto is_type = [&]<class T>(T) {
    if (size_of(type) != sizeof(T)) return false;
    const char kind = facts(type).kind;
    if (std::is_same_v<T, bool>) return kind == 'p';
    if (std::is_floating_point_v<T>) return kind == 'f';
    return std::is_signed_v<T> ? kind == 's' : kind == 'u' || kind == 'b';
  };
  static_cast<void>(((is_type(Ts{}) && (result = f(Ts{}), true)) || ...));
  return result;
}
template <class F>
auto with_unsigned(Type type, F f) {
  return with_type<std::uint16_t, std::uint32_t, std::uint64_t>(type, f);
}
template <class F>
auto with_integer(Type type, F f) {
  return with_type<std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>(
      type, f);
}
template <class F>
auto with_float(Type type, F f) {
  return with_type<float, double>(type, f);
}
// By size alone.
constexpr Type bits_of_size(std::size_t size) {
  return size == 1 ? Type::b8 : size == 2 ? Type::b16 : size == 4 ? Type::b32 : Type::b64;
}
template <class F>
auto with_bits(std::size_t size, F f) {
  return with_type<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(bits_of_size(size), f);
}

}  // namespace duet::cuda_double::ptx
