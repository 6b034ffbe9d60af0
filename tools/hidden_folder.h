// A new run folder before it comes to its place: beside it, as .NAME.PROCESS-NUMBER, where nobody looks.
#pragma once

#include <filesystem>

namespace duet {

// An empty one for that place, whose parent is there. Throws Error(other).
std::filesystem::path make_hidden_folder(const std::filesystem::path& place);

// Returns whether nothing was at the place, and the folder is there now. Throws Error(other).
bool move_to_unused(const std::filesystem::path& folder, const std::filesystem::path& place);

// Those in `parent` that trainings left which were killed before their first step: they hold the checkpoint
// of no step at most, and are a day old. (Whether the process is still there says nothing where machines
// share a disk, and a lock nothing where their file system knows none.)
void remove_abandoned_folders(const std::filesystem::path& parent) noexcept;

}  // namespace duet
