#include "tools/tensorboard.h"

#include <chrono>

namespace duet {
namespace {

namespace fs = std::filesystem;

double now() {  // seconds since 1970
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const fs::path& made(CreatedFolders& folders, const fs::path& folder) {
  folders.create_parents(folder / "file");
  return folder;
}

float narrow(double value) { return static_cast<float>(value); }

}  // namespace

TensorBoard::TensorBoard(const fs::path& folder, std::int64_t steps)
    : file_(made(folders_, folder), "--tensorboard"), first_(steps), step_(steps), time_(now()) {}

TensorBoard::~TensorBoard() {
  std::error_code ignored;
  if (step_ == first_) fs::remove(file_.path(), ignored);
}

void TensorBoard::steps(std::span<const Result> results) {
  const double end = now(), each = (end - time_) / static_cast<double>(results.size());
  for (const Result& r : results) {
    file_.scalars(
        ++step_, time_ += each,
        {{"step/loss", r.loss}, {"step/accuracy", narrow(static_cast<double>(r.correct) / r.seen)}});
  }
  time_ = end;
  file_.flush();
}

void TensorBoard::epoch(const EpochReport& report) {
  file_.scalars(step_, now(),
                {{"train/loss", narrow(report.train.loss)},
                 {"train/accuracy", narrow(report.train.accuracy)},
                 {"learning_rate", narrow(report.learning_rate)},
                 {"examples_per_second", narrow(report.examples_per_second)}});
  if (const auto& validation = report.validation) {
    file_.scalars(step_, now(),
                  {{"validation/loss", narrow(validation->loss)},
                   {"validation/accuracy", narrow(validation->accuracy)}});
  }
  file_.flush();
}

void TensorBoard::picture(std::string_view tag, std::span<const std::uint8_t> png) {
  file_.image(step_, now(), tag, png);
  file_.flush();
}

}  // namespace duet
