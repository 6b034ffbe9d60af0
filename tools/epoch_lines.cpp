#include "tools/epoch_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/console.h"
#include "tools/json_text.h"

namespace duet {
namespace {

std::string metrics_line(std::string_view name, const Metrics& m) {
  return fmt::format("{0} loss: {1:.3f}, {0} accuracy: {2:.3f}\n", name, m.loss_of_batches,
                     m.accuracy_of_batches);
}

}  // namespace

void EpochLines::epoch(const EpochReport& r) {
  print(fmt::format("Epoch: {}\n", r.epoch));
  print(metrics_line("Training", r.train));
  if (r.validation) print(metrics_line("Validation", *r.validation));
}

void EpochLines::test(const Evaluation& e) {
  print(fmt::format("Test loss: {:.3f}, Test accuracy: {:.3f}\n", e.loss, e.accuracy));
}

void EpochLines::object(const nlohmann::ordered_json& json) { write(json_text(json) + "\n"); }

void EpochLines::report_unwritable(const std::filesystem::path& kept) const {
  if (unwritable_) fail(ErrorKind::other, "{}; the run is kept in {}", unwritable_->what(), kept.string());
}

void EpochLines::print(const std::string& line) {
  if (quiet_ || unwritable_) return;
  json_ ? talk("{}", line) : write(line);
}

void EpochLines::write(const std::string& text) {
  try {
    write_result(text);
    flush_results();  // whoever watches through a pipe sees each epoch when it ends
  } catch (const Error& error) { unwritable_ = error; }
}

}  // namespace duet
