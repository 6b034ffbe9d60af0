// A new run folder before it comes to its place: beside it, as .NAME.duet-PROCESS-NUMBER, where nobody looks.
#pragma once

#include <filesystem>

namespace duet {

// An empty one for that place, whose parent is there. Throws Error(other).
std::filesystem::path make_hidden_folder(const std::filesystem::path& place);

// Returns whether nothing was at the place, and the folder is there now. Throws Error(other).
bool move_to_unused(const std::filesystem::path& folder, const std::filesystem::path& place);

// Those in `parent` that trainings left which were killed before their first step: they hold nothing but the
// checkpoint of no step, whole or in part, no process has them, and they are a day old. (A process number
// says nothing where machines share a disk, and a lock nothing where their file system knows none.) What
// cannot be removed stays.
void remove_abandoned_folders(const std::filesystem::path& parent);

}  // namespace duet
