#include "tools/checkpoints.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <ranges>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/model/safetensors.h"
#include "tools/checkpoint_files.h"
#include "tools/console.h"

namespace duet {

namespace fs = std::filesystem;

Checkpoints::Checkpoints(fs::path folder, int most) : folder_(std::move(folder)), most_(most) {}

Checkpoints::~Checkpoints() { let_it_end(); }

void Checkpoints::set_best(Model model, fs::path file) { best_ = {std::move(model), std::move(file)}; }

void Checkpoints::write_best() {
  wait();
  if (best_) save_model(best_->model, best_->file);
  best_.reset();
}

void Checkpoints::save(Checkpoint checkpoint, int steps_per_epoch, std::vector<fs::path> logs) {
  wait();
  const std::int64_t steps = std::int64_t{checkpoint.state.epoch} * steps_per_epoch + checkpoint.state.step;
  const fs::path file = last_ = checkpoint_file(folder_, steps);
  left_over_ = std::exchange(best_, std::nullopt);
  const auto write_all = [this, checkpoint = std::make_shared<const Checkpoint>(std::move(checkpoint)), file,
                          logs = std::move(logs)] {
    try {
      for (const fs::path& log : logs) sync_to_disk(log);
      if (left_over_) save_model(left_over_->model, left_over_->file);
      left_over_.reset();
      write(*checkpoint, file);
    } catch (const Error& error) { trouble_ = error; } catch (const std::bad_alloc&) {
      trouble_ = Error(ErrorKind::memory, "there is not enough memory for a checkpoint");
    } catch (const std::exception& error) { trouble_ = Error(ErrorKind::other, error.what()); }
  };
  // Deferred where the system refuses another thread: this one writes. (What a refused thread was given is
  // gone, so it is given a copy.)
  being_written_ = std::async(std::launch::async | std::launch::deferred, write_all);
  if (being_written_.wait_for(std::chrono::seconds(0)) == std::future_status::deferred) being_written_.wait();
}

void Checkpoints::write(const Checkpoint& checkpoint, const fs::path& file) {
  std::error_code error;
  fs::create_directory(folder_, error);
  if (error) fail(ErrorKind::other, "cannot make {}: {}", folder_.string(), error.message());
  save_checkpoint(checkpoint, file);
  try {
    SafetensorsFile(file).check();  // before it takes the place of one that could be read
  } catch (const Error& e) { fail(ErrorKind::other, "{} cannot be read back: {}", file.string(), e.what()); }
  std::vector<fs::path> files = checkpoints_in(folder_);
  const std::size_t too_many = files.size() - std::min(files.size(), static_cast<std::size_t>(most_));
  files.resize(too_many);
  for (const fs::path& old : files) {
    if (old != file) fs::remove(old, error);
  }
}

void Checkpoints::move_to(fs::path folder) { folder_ = std::move(folder); }

std::optional<Error> Checkpoints::take_trouble() {
  if (is_busy()) return {};
  wait();  // what the other thread wrote is then seen here
  return std::exchange(trouble_, std::nullopt);
}

bool Checkpoints::is_busy() const {
  return being_written_.valid() &&
         being_written_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

void Checkpoints::wait() {
  if (being_written_.valid()) being_written_.get();
  if (!best_) best_ = std::exchange(left_over_, std::nullopt);  // else there is a better one
}

// Without what was wrong with it: memory may be lacking even to say so.
void Checkpoints::let_it_end() const noexcept {
  if (being_written_.valid()) being_written_.wait();
}

void Checkpoints::remove(const std::vector<fs::path>& others) noexcept {
  std::error_code ignored;
  for (const fs::path& file : others) {
    if (file != last_) fs::remove(file, ignored);
  }
}

void Checkpoints::remove_all_but(const std::vector<fs::path>& others) noexcept {
  let_it_end();
  std::error_code ignored;
  for (const fs::path& file : checkpoints_in(folder_)) {
    if (std::ranges::find(others, file) == others.end()) fs::remove(file, ignored);
  }
  fs::remove(folder_, ignored);  // not where there is anything else in it
}

Checkpoint newest_checkpoint(const fs::path& run) {
  const std::vector<fs::path> files = checkpoint_files(run);
  for (const fs::path& file : std::views::reverse(files)) {
    try {
      return load_checkpoint(file);
    } catch (const Error& error) { talk("duet: {}; trying the one before\n", error.what()); }
  }
  fail(ErrorKind::model, "{} has no checkpoint that can be read", run.string());
}

}  // namespace duet
