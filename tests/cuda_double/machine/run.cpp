#include "tests/cuda_double/machine/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "tests/cuda_double/machine/report.h"

namespace duet::cuda_double {
namespace {

std::string_view verb(AccessKind kind) {
  return !writes(kind) ? "reads" : !reads(kind) ? "writes" : "updates";
}

}  // namespace

// Lanes of a warp come one after another, and share an event.
Run::Now Run::now(const Agent& agent) {
  const std::uint32_t warp = agent.thread / warp_lanes;
  const auto is_last = [&](const Event& last) {
    return last.block == agent.block && last.warp == warp && last.warp_syncs == agent.warp_syncs &&
           last.barriers == agent.barriers && last.line == agent.line && last.file == agent.file;
  };
  if (last_event_is_over_ || !is_last(events_.back())) {
    if (next() == std::numeric_limits<EventId>::max()) {
      throw std::length_error("the double of CUDA has followed 4 billion accesses and can count no more");
    }
    events_.push_back({agent.block, warp, agent.barriers, agent.warp_syncs,
                       handover_.fences_of(agent.block, warp), agent.line, agent.file});
    last_event_is_over_ = false;
  }
  return {next() - 1, {&events_.back(), static_cast<std::uint8_t>(agent.thread % warp_lanes)}};
}

void Run::fence(const Agent& agent) {
  handover_.fence(now(agent).access);
  last_event_is_over_ = true;
}

void Run::access(Cells& cells, AccessKind kind, std::size_t offset, std::size_t bytes, const Now& now,
                 Describe describe) {
  bool told[Finding::race + 1] = {};
  cells.each(offset, bytes, [&](Cell& cell, std::size_t at) {
    const Finding finding = judge(cell, kind, now);
    if (finding.kind == Finding::nothing || told[finding.kind]) return;
    if (finding.kind == Finding::unwritten && cells.counts_as_written(at)) return;
    told[finding.kind] = true;
    report(finding.kind == Finding::race ? Check::race : Check::uninitialised,
           fmt::format("{}, {}", sentence(finding, kind, now), describe(at)));
  });
}

Run::Finding Run::judge(Cell& cell, AccessKind kind, const Now& now) {
  Finding finding;
  if (reads(kind) && cell.last_writer == 0) finding.kind = Finding::unwritten;
  const Past writer = cell.writer(), reader = cell.reader(), earlier_reader{cell.earlier_reader};
  const bool atomic = is_atomic(kind), after_writer = in_order(writer, now);
  const bool joins = atomic && cell.atomic && !after_writer;
  if (!after_writer && !joins) finding = {Finding::race, cell.atomic ? "updated" : "wrote", writer};
  if (!writes(kind)) {
    // An atomic load is forgotten: what it would be in no order with is most often atomic too.
    if (!atomic) note_read(cell, now);
    return finding;
  }
  if (!in_order(reader, now)) finding = {Finding::race, cell.reader_wrote ? "wrote" : "read", reader};
  if (!in_order(earlier_reader, now)) finding = {Finding::race, "read", earlier_reader};
  if (!atomic) cell = Cell{};
  if (atomic && !cell.atomic && cell.last_reader == 0) cell.set_reader(writer, true);
  cell.set_writer(joins ? joined(writer, now) : Past{now.id, now.access.lane}, atomic);
  return finding;
}

void Run::note_read(Cell& cell, const Now& now) {
  const Past past = cell.reader();
  const bool joins = !in_order(past, now), of_this_run = past.id >= first_;
  if (joins && !of_this_run) cell.earlier_reader = past.id;
  cell.set_reader(joins && of_this_run ? joined(past, now) : Past{now.id, now.access.lane}, false);
}

bool Run::in_order_within_run(const Past& past, const Now& now) const {
  if (past.id == now.id) return past.spread == Spread::lane && past.lane == now.access.lane;
  if (past.spread == Spread::grid) return handover_.in_order_with_all(now.access);
  const Access earlier{&events_[past.id - first_], past.lane, past.spread};
  if (earlier.event->block == now.access.event->block) return in_order_within_block(earlier, now.access);
  return handover_.in_order(earlier, now.access);
}

// The last of accesses that are in no order with `past`.
Past Run::joined(const Past& past, const Now& now) const {
  Spread apart = Spread::grid;
  if (past.id >= first_) {
    const Event &earlier = events_[past.id - first_], &later = *now.access.event;
    if (earlier.block == later.block) apart = earlier.warp == later.warp ? Spread::warp : Spread::block;
  }
  return {now.id, now.access.lane, std::max(past.spread, apart)};
}

std::string Run::name(const Access& access) const {
  const Event& event = *access.event;
  std::string text = fmt::format("block {}, thread {}", event.block, event.warp * warp_lanes + access.lane);
  if (event.file != nullptr) text += fmt::format(" ({}:{})", event.file, event.line);
  if (access.spread != Spread::lane) text += " and others";
  return text;
}

// "adam: block 3, thread 5 (adam.cu:30) writes what block 2, thread 1 (adam.cu:28) read, in no order"
std::string Run::sentence(const Finding& finding, AccessKind kind, const Now& now) const {
  const std::string who = has_threads_ ? fmt::format("{}: {}", work_->name, name(now.access)) : work_->name;
  if (finding.kind == Finding::unwritten) return fmt::format("{} reads what nobody wrote", who);
  const Past& past = finding.earlier;
  const std::string other = past.id < first_ ? name_of_work(Timeline::find(past.id).work)
                                             : name({&events_[past.id - first_], past.lane, past.spread});
  return fmt::format("{} {} what {} {}, in no order", who, verb(kind), other, finding.what);
}

}  // namespace duet::cuda_double
