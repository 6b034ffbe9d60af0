// Operations of the lanes of a warp together. The scheduler runs them when all that take part are there.
#include <bit>

#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/operations.h"

namespace duet::cuda_double::ptx {
namespace {

using Word = std::uint32_t;

enum class Shuffle { up, down, bfly, idx };

// at: value, predicate | value, lane or distance, clamp and segments
template <Shuffle mode>
void shuffle(Warp& warp, const Instruction& instruction) {
  Word* const d = warp.at<Word>(instruction.at[0]);
  bool* const in_range = warp.at<bool>(instruction.at[1]);
  const Word* const a = warp.at<Word>(instruction.at[2]);
  std::array<Word, warp_size> values{};
  warp.each_active([&](int lane) { values[lane] = a[lane]; });
  const Word *const b = warp.at<Word>(instruction.at[3]), *const c = warp.at<Word>(instruction.at[4]);
  warp.each_active([&](int lane) {
    const int by = static_cast<int>(b[lane] & 31), clamp = static_cast<int>(c[lane] & 31),
              segment = static_cast<int>(c[lane] >> 8 & 31);
    const int first = lane & segment, last = first | (clamp & ~segment);
    const int from = mode == Shuffle::up     ? lane - by
                     : mode == Shuffle::down ? lane + by
                     : mode == Shuffle::bfly ? lane ^ by
                                             : first | (by & ~segment);
    in_range[lane] = mode == Shuffle::up ? from >= last : from <= last;
    // What a lane reads of one that does not take part is undefined: it keeps its own.
    const bool takes_part = in_range[lane] && (warp.active() >> from & 1) != 0;
    d[lane] = values[takes_part ? from : lane];
  });
}

LaneMask ballot(Warp& warp, std::uint32_t predicate) {
  return lanes_where(warp.at<bool>(predicate)) & warp.active();
}

enum class Vote { all, any, uniform, ballot };

template <Vote mode>
void vote(Warp& warp, const Instruction& instruction) {
  const LaneMask holds = ballot(warp, instruction.at[1]), active = warp.active();
  if constexpr (mode == Vote::ballot) {
    warp.each_active([&](int lane) { warp.at<Word>(instruction.at[0])[lane] = holds; });
  } else {
    const bool result = mode == Vote::all   ? holds == active
                        : mode == Vote::any ? holds != 0
                                            : holds == 0 || holds == active;
    warp.each_active([&](int lane) { warp.at<bool>(instruction.at[0])[lane] = result; });
  }
}

// Which lanes have the same value; `all`: the mask if all have, or 0. at: mask, predicate | value
template <class T, bool all>
void match(Warp& warp, const Instruction& instruction) {
  const T* const values = warp.at<T>(instruction.at[2]);
  std::array<LaneMask, warp_size> same{};
  warp.each_active([&](int lane) {
    warp.each_active([&](int other) { same[lane] |= LaneMask{values[lane] == values[other]} << other; });
  });
  warp.each_active([&](int lane) {
    const bool all_same = same[lane] == warp.active();
    warp.at<Word>(instruction.at[0])[lane] = !all || all_same ? same[lane] : 0;
    warp.at<bool>(instruction.at[1])[lane] = all_same;
  });
}

template <class T, class Op>
void reduce(Warp& warp, const Instruction& instruction) {
  const T* const values = warp.at<T>(instruction.at[1]);
  T result = values[std::countr_zero(warp.active())];
  each_lane(warp.active() & (warp.active() - 1), [&](int lane) { result = Op{}(result, values[lane]); });
  warp.each_active([&](int lane) { warp.at<T>(instruction.at[0])[lane] = result; });
}

void active_mask(Warp& warp, const Instruction& instruction) {
  const LaneMask active = warp.active();
  warp.each_active([&](int lane) { warp.at<LaneMask>(instruction.at[0])[lane] = active; });
}

// One of the lanes, the first. at: its number, predicate
void elect(Warp& warp, const Instruction& instruction) {
  const int first = std::countr_zero(warp.active());
  warp.each_active([&](int lane) {
    warp.at<Word>(instruction.at[0])[lane] = static_cast<Word>(first);
    warp.at<bool>(instruction.at[1])[lane] = lane == first;
  });
}

void emit_synced(Line& line, Run run, std::initializer_list<std::uint32_t> at, std::size_t members) {
  const std::uint32_t mask = line.source(members, Type::b32);
  Instruction& instruction = line.emit(run, at);
  instruction.flow = Flow::warp_sync;
  instruction.members = mask;
}

// d, or d|p
struct Results {
  std::uint32_t value, predicate;
};
Results results(Line& line) {
  const Operand& d = line.operand(0);
  if (d.kind != Operand::pair) return {line.destination(d, Type::b32), line.temporary(Type::pred)};
  return {line.destination(d.parts[0], Type::b32), line.destination(d.parts[1], Type::pred)};
}

void take_sync(Line& line) {
  if (!line.take("sync")) line.unsupported("operations without .sync");
}

void build_shfl(Line& line) {
  take_sync(line);
  const Run run = line.take_one<Run>({{"up", shuffle<Shuffle::up>},
                                      {"down", shuffle<Shuffle::down>},
                                      {"bfly", shuffle<Shuffle::bfly>},
                                      {"idx", shuffle<Shuffle::idx>}});
  line.ignore({"b32"});
  const auto [value, predicate] = results(line);
  emit_synced(
      line, run,
      {value, predicate, line.source(1, Type::b32), line.source(2, Type::b32), line.source(3, Type::b32)}, 4);
}

void build_vote(Line& line) {
  take_sync(line);
  const bool ballots = line.take("ballot");
  const Run run =
      ballots ? vote<Vote::ballot>
              : line.take_one<Run>(
                    {{"all", vote<Vote::all>}, {"any", vote<Vote::any>}, {"uni", vote<Vote::uniform>}});
  const Type type = line.take_type();
  emit_synced(line, run, {line.destination(0, type), line.source(1, Type::pred)}, 2);
}

void build_match(Line& line) {
  take_sync(line);
  const bool all = line.take_one<bool>({{"all", true}, {"any", false}});
  const Type type = line.take_type();
  const Run run = with_type<std::uint32_t, std::uint64_t>(
      type, [&]<class T>(T) -> Run { return all ? match<T, true> : match<T, false>; });
  const auto [mask, predicate] = results(line);
  emit_synced(line, run, {mask, predicate, line.source(1, type)}, 2);
}

void build_redux(Line& line) {
  take_sync(line);
  using Make = Run (*)(Type);
  constexpr auto with = []<class Op>(Op) -> Make {
    return [](Type type) {
      return with_type<std::uint32_t, std::int32_t>(type, []<class T>(T) -> Run { return reduce<T, Op>; });
    };
  };
  const Make make = line.take_one<Make>({{"add", with(Add{})},
                                         {"min", with(Minimum{})},
                                         {"max", with(Maximum{})},
                                         {"and", with(And{})},
                                         {"or", with(Or{})},
                                         {"xor", with(Xor{})}});
  const Type type = line.take_type();
  emit_synced(line, make(type), {line.destination(0, type), line.source(1, type)}, 2);
}

void build_activemask(Line& line) {
  line.ignore({"b32"});
  line.emit(active_mask, {line.destination(0, Type::b32)});
}

void build_elect(Line& line) {
  take_sync(line);
  const auto [leader, predicate] = results(line);
  emit_synced(line, elect, {leader, predicate}, 1);
}

constexpr Opcode opcodes[] = {{"shfl", build_shfl},   {"vote", build_vote},
                              {"match", build_match}, {"redux", build_redux},
                              {"elect", build_elect}, {"activemask", build_activemask}};

}  // namespace

std::span<const Opcode> warp_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
