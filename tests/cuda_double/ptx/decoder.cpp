#include "tests/cuda_double/ptx/decoder.h"

#include <fmt/format.h>

#include "tests/cuda_double/ptx/line.h"
#include "tests/cuda_double/ptx/opcodes.h"

namespace duet::cuda_double::ptx {
namespace {

std::size_t round_up(std::size_t bytes, std::size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

void Decoder::declare(const Declaration& variable) {
  const Space space = variable.space == ".shared" ? Space::shared : Space::local;
  if (space == Space::local && variable.space != ".local") {
    throw Unsupported(fmt::format("{} {}", variable.space, variable.name));
  }
  if (variable.is_extern) return names_.declare_variable(variable.name, {space, 0, true});
  std::size_t& used = space == Space::shared ? code_.static_shared : code_.local_bytes;
  const std::size_t address = round_up(used, variable.alignment);
  used = address + variable.bytes;
  names_.declare_variable(variable.name, {space, address});
}

const Variable* Decoder::find_variable(std::string_view name) {
  if (const Variable* known = names_.find_variable(name); known != nullptr) return known;
  const auto found = outside_.find(name);
  if (found == outside_.end()) return nullptr;
  declare(found->second);
  return names_.find_variable(name);
}

void Decoder::branch_table(std::string_view name, const std::vector<std::string_view>& labels) {
  // Who comes here from above goes round the table.
  const std::size_t behind = code_.instructions.size() + 1 + labels.size();
  Instruction& round = emit();
  round.flow = Flow::branch;
  round.value = static_cast<std::int64_t>(behind);
  label(name);
  for (const std::string_view each : labels) {
    emit().flow = Flow::branch;
    branch_from_last(each);
  }
}

Instruction& Decoder::emit() {
  Instruction& instruction = code_.instructions.emplace_back();
  instruction.place = place_;
  instruction.ptx_line = ptx_line_;
  return instruction;
}

void Decoder::add(const Statement& statement) {
  ptx_line_ = statement.line;
  try {
    Line line(*this, statement);
    const Build build = find_opcode(line.opcode(), line.has_type(Type::f32) || line.has_type(Type::f64));
    if (build == nullptr) line.unsupported("the opcode");
    build(line);
    line.finish();
  } catch (const Unsupported& error) { refuse(statement.line, error.what()); }
}

void Decoder::refuse(int line, std::string_view what) {
  if (code_.unsupported.empty()) code_.unsupported = fmt::format("PTX, line {}: {}", line, what);
}

std::uint32_t Decoder::constant(std::size_t size, std::uint64_t bits) {
  if (size < 8) bits &= (std::uint64_t{1} << 8 * size) - 1;
  const auto [place, is_new] = constants_.emplace(std::pair{size, bits}, 0);
  if (is_new) {
    place->second = names_.allocate(bits_of_size(size));
    code_.constants.push_back({place->second, static_cast<std::uint8_t>(size), bits});
  }
  return place->second;
}

std::uint32_t Decoder::special(Special what, std::size_t size) {
  const auto [place, is_new] = specials_.emplace(std::pair{size, what}, 0);
  if (is_new) {
    place->second = names_.allocate(bits_of_size(size));
    code_.specials.push_back({place->second, static_cast<std::uint8_t>(size), what});
  }
  return place->second;
}

Code Decoder::finish() {
  // A kernel's text ends with ret; what falls off its end would run into nothing.
  emit().flow = Flow::exit;
  code_.register_bytes = names_.register_bytes();
  code_.static_shared = round_up(code_.static_shared, 16);
  return std::move(code_);
}

}  // namespace duet::cuda_double::ptx
