#include "tests/cuda_double/ptx/names.h"

#include <charconv>
#include <ranges>
#include <utility>

namespace duet::cuda_double::ptx {

std::uint32_t Names::allocate(Type type, std::size_t count) {
  const std::size_t at = register_bytes_;
  register_bytes_ += warp_size * size_of(type) * count;
  return static_cast<std::uint32_t>(at);
}

void Names::declare_register(std::string_view name, Type type) {
  scopes_.back().registers[name] = {allocate(type), type};
}

void Names::declare_registers(std::string_view prefix, Type type, std::uint32_t count) {
  scopes_.back().ranges[prefix] = {type, allocate(type, count), count};
}

const Register* Names::find_register(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  const std::string_view prefix = name.substr(0, digits);
  std::uint32_t number = 0;
  const bool is_numbered =
      std::from_chars(name.data() + digits, name.data() + name.size(), number).ec == std::errc{};
  for (Scope& scope : scopes_ | std::views::reverse) {
    if (const auto found = scope.registers.find(name); found != scope.registers.end()) return &found->second;
    const auto range = is_numbered ? scope.ranges.find(prefix) : scope.ranges.end();
    if (range == scope.ranges.end() || number >= range->second.count) continue;
    const auto& [type, first, count] = range->second;
    const std::size_t at = first + warp_size * size_of(type) * number;
    return &(scope.registers[name] = {static_cast<std::uint32_t>(at), type});
  }
  return nullptr;
}

const Variable* Names::find_variable(std::string_view name) const {
  for (const Scope& scope : scopes_ | std::views::reverse) {
    if (const auto found = scope.variables.find(name); found != scope.variables.end()) return &found->second;
  }
  return nullptr;
}

void Names::close(std::vector<Instruction>& code) {
  const Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  for (const auto& [label, by] : scope.branches) {
    if (const auto found = scope.labels.find(label); found != scope.labels.end()) {
      code[by].value = found->second;
    } else {
      scopes_.back().branches.emplace_back(label, by);
    }
  }
}

}  // namespace duet::cuda_double::ptx
