// Where the checkpoints of a run folder are: in checkpoints/; those of a training that is to replace an
// earlier run in .checkpoints.new/, until it has come to its end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace duet {

std::filesystem::path checkpoints_in_place(const std::filesystem::path& run);
std::filesystem::path checkpoints_beside(const std::filesystem::path& run);

// Of a training that has made so many steps: NUMBER-OF-STEPS.safetensors in such a folder.
std::filesystem::path checkpoint_file(const std::filesystem::path& folder, std::int64_t steps);

// In such a folder: the oldest first; none where there is no folder.
std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder);

// Whether a training that was to replace an earlier run came to no end, and can go on.
bool is_half_replaced(const std::filesystem::path& run);

// Those to go on from, the oldest first: of a run that is half replaced, the other training's.
std::vector<std::filesystem::path> checkpoint_files(const std::filesystem::path& run);

}  // namespace duet
