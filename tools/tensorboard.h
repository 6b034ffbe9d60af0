// --tensorboard: what TensorBoard shows of a training while it goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/ops.h"
#include "core/trainer.h"
#include "tools/created_folders.h"
#include "tools/event_file.h"

namespace duet {

class TensorBoard {
 public:
  // A new file in `folder`, which is made where it is missing. Throws Error(other).
  // `steps`: made already, by a training that goes on.
  TensorBoard(const std::filesystem::path& folder, std::int64_t steps);
  ~TensorBoard();  // removes a file without a step
  TensorBoard(const TensorBoard&) = delete;
  TensorBoard& operator=(const TensorBoard&) = delete;

  // step/loss, step/accuracy of each; steps count on from 1. They come an epoch at a time: the time since the
  // last ones is spread evenly over them. Throws Error(other).
  void steps(std::span<const Result> results);
  // train/loss ... examples_per_second, at the last step. Throws Error(other).
  void epoch(const EpochReport& report);
  // At the last step. Throws Error(other).
  void picture(std::string_view tag, std::span<const std::uint8_t> png);

 private:
  CreatedFolders folders_;
  EventFile file_;
  std::int64_t first_, step_;  // the last when it began, and now
  double time_;                // when it ended
};

}  // namespace duet
