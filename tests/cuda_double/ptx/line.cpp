#include "tests/cuda_double/ptx/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/operations.h"

namespace duet::cuda_double::ptx {
namespace {

constexpr std::pair<std::string_view, Special> special_registers[] = {
    {"%tid.x", Special::tid_x},
    {"%tid.y", Special::tid_y},
    {"%tid.z", Special::tid_z},
    {"%ntid.x", Special::ntid_x},
    {"%ntid.y", Special::ntid_y},
    {"%ntid.z", Special::ntid_z},
    {"%ctaid.x", Special::ctaid_x},
    {"%ctaid.y", Special::ctaid_y},
    {"%ctaid.z", Special::ctaid_z},
    {"%nctaid.x", Special::nctaid_x},
    {"%nctaid.y", Special::nctaid_y},
    {"%nctaid.z", Special::nctaid_z},
    {"%laneid", Special::laneid},
    {"%warpid", Special::warpid},
    {"%smid", Special::smid},
    {"%lanemask_eq", Special::lanemask_eq},
    {"%lanemask_lt", Special::lanemask_lt},
    {"%lanemask_le", Special::lanemask_le},
    {"%lanemask_gt", Special::lanemask_gt},
    {"%lanemask_ge", Special::lanemask_ge},
    {"%dynamic_smem_size", Special::dynamic_smem_size},
    {"%total_smem_size", Special::total_smem_size},
};

// The low bytes of a wider register, or its value extended to a wider one.
template <class To, class From>
void resize(Warp& warp, const Instruction& instruction) {
  lanewise<Convert<To>, To, From>(warp, instruction);
}
Run resize(std::size_t to, Type from) {
  const auto to_type = [&]<class From>(From) {
    return with_bits(to, [&]<class To>(To) -> Run { return resize<To, From>; });
  };
  if (facts(from).kind == 's') {
    return with_type<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(from, to_type);
  }
  return with_bits(size_of(from), to_type);
}

}  // namespace

Line::Line(Decoder& decoder, const Statement& statement)
    : decoder_(decoder), statement_(statement), taken_(statement.operands.size()) {
  std::string_view rest = statement.opcode;
  const auto next = [&rest] {
    const std::string_view word = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return word;
  };
  opcode_ = next();
  while (!rest.empty()) modifiers_.push_back(next());
  if (statement.guard.empty()) return;
  Operand guard;
  guard.text = statement.guard;
  guard_ = source(guard, Type::pred);
}

bool Line::take(std::string_view modifier) {
  const auto found = std::find(modifiers_.begin(), modifiers_.end(), modifier);
  if (found == modifiers_.end()) return false;
  modifiers_.erase(found);
  return true;
}

void Line::ignore(std::initializer_list<std::string_view> modifiers) {
  for (const std::string_view modifier : modifiers) take(modifier);
}

Type Line::take_type() {
  const auto found = std::find_if(modifiers_.begin(), modifiers_.end(),
                                  [](std::string_view word) { return type_named(word).has_value(); });
  if (found == modifiers_.end()) unsupported("its type");
  const Type type = *type_named(*found);
  modifiers_.erase(found);
  return type;
}

bool Line::has_type(Type type) const {
  return std::find(modifiers_.begin(), modifiers_.end(), facts(type).name) != modifiers_.end();
}

const Operand& Line::operand(std::size_t index) {
  if (index >= operands()) unsupported("so few operands");
  taken_[index] = true;
  return statement_.operands[index];
}

std::uint32_t Line::literal(const Operand& operand, Type type) {
  if (type == Type::f32 || type == Type::f64) {
    const double value = operand.kind == Operand::real ? operand.value : static_cast<double>(operand.number);
    return type == Type::f32 ? number(std::bit_cast<std::uint32_t>(static_cast<float>(value)), type)
                             : number(std::bit_cast<std::uint64_t>(value), type);
  }
  if (type == Type::pred) return number(operand.number != 0 ? 1 : 0, type);  // -1 is true
  if (operand.kind == Operand::integer) return number(static_cast<std::uint64_t>(operand.number), type);
  // mov.b32 of a float's bits
  return literal(operand, size_of(type) == 4 ? Type::f32 : Type::f64);
}

std::uint32_t Line::named(const Operand& operand, Type type) {
  if (const Register* found = register_of(operand); found != nullptr) {
    if (size_of(found->type) == size_of(type)) return found->at;
    if (size_of(found->type) < size_of(type)) unsupported(fmt::format("the size of {}", operand.text));
    const std::uint32_t low = temporary(type);
    emit(resize(size_of(type), found->type), {low, found->at});
    return low;
  }
  for (const auto& [name, what] : special_registers) {
    if (name == operand.text) return decoder_.special(what, size_of(type));
  }
  if (const Variable* found = variable(operand); found != nullptr) {
    if (!found->is_dynamic) return number(found->address + static_cast<std::uint64_t>(operand.number), type);
    if (operand.number == 0) return decoder_.special(Special::dynamic_shared, size_of(type));
  }
  unsupported(fmt::format("the operand {}", operand.text));
}

std::uint32_t Line::source(const Operand& operand, Type type) {
  if (operand.kind == Operand::integer || operand.kind == Operand::real) return literal(operand, type);
  if (operand.kind != Operand::name) unsupported("the form of its operands");
  const std::uint32_t plain = named(operand, type);
  if (!operand.negated) return plain;
  const std::uint32_t negated = temporary(type);
  emit(type == Type::pred ? lanewise<Not, bool, bool> : Run{}, {negated, plain});
  return negated;
}

std::uint32_t Line::destination(const Operand& operand, Type type) {
  if (operand.kind == Operand::name && operand.text == "_") return temporary(type);
  const Register* found = operand.kind == Operand::name ? register_of(operand) : nullptr;
  if (found == nullptr) unsupported(fmt::format("the result {}", operand.text));
  if (size_of(found->type) == size_of(type)) return found->at;
  if (size_of(found->type) < size_of(type)) unsupported(fmt::format("the size of {}", operand.text));
  const std::uint32_t narrow = temporary(type);
  extensions_.push_back({found->at, narrow, resize(size_of(found->type), type)});
  return narrow;
}

Instruction& Line::emit(Run run, std::initializer_list<std::uint32_t> at) {
  if (run == nullptr) unsupported("its type");
  Instruction& instruction = decoder_.emit();
  instruction.run = run;
  std::copy(at.begin(), at.end(), instruction.at.begin());
  instruction.guard = guard_;
  instruction.guard_negated = statement_.guard_negated;
  return instruction;
}

void Line::branch_to(std::size_t index) {
  if (operand(index).kind != Operand::name) unsupported("its target");
  decoder_.branch_from_last(operand(index).text);
}

void Line::finish() {
  for (const auto& [to, from, run] : extensions_) emit(run, {to, from});
  if (!modifiers_.empty()) unsupported(fmt::format("the modifier .{}", modifiers_[0]));
  if (std::find(taken_.begin(), taken_.end(), false) != taken_.end()) unsupported("so many operands");
}

void Line::unsupported(std::string_view what) const {
  throw Unsupported(fmt::format("{}, for {}", statement_.opcode, what));
}

}  // namespace duet::cuda_double::ptx
