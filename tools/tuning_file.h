// The file in which `duet tune` keeps what it found, for all GPUs of this user: tuned-products.json.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/tuning.h"

namespace duet {

using TunedProducts = std::map<std::string, TunedProduct>;  // by what the choice of an algorithm depends on

// In $XDG_CACHE_HOME/duet, else ~/.cache/duet; empty where there is no home.
std::filesystem::path tuning_file();

// Those of a device; none where there is no file, or nothing of that device in it. Throws Error(other), which
// names the file, where it cannot be read or is none of these.
TunedProducts read_tuned_products(const std::filesystem::path& file, const std::string& device);

// Beside what the file has of others; a product that is there is replaced, and a file that is none of these
// too. The file is written whole or not at all. Throws Error(other).
void keep_tuned_products(const std::filesystem::path& file, const std::string& device,
                         const TunedProducts& products);

}  // namespace duet
