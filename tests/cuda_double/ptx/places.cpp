#include "tests/cuda_double/ptx/places.h"

namespace duet::cuda_double::ptx {

void Places::name_file(std::size_t number, std::string path) {
  if (number >= files_.size()) files_.resize(number + 1);
  files_[number] = std::move(path);
}

std::uint32_t Places::add(const Position& position, const Position* inlined_at) {
  if (position.line == 0) return 0;  // what the compiler says of code that belongs nowhere
  Place place{position.file, position.line, 0};
  if (inlined_at != nullptr) {
    const auto outer = last_.find(*inlined_at);
    place.outer = outer != last_.end() ? outer->second : add(*inlined_at, nullptr);
  }
  places_.push_back(place);
  return last_[position] = static_cast<std::uint32_t>(places_.size() - 1);
}

std::vector<SourcePlace> Places::resolve() const {
  const auto path_of = [&](const Place& place) {
    const auto file = static_cast<std::size_t>(place.file);
    return file < files_.size() ? files_[file] : "";
  };
  std::vector<SourcePlace> resolved;
  for (Place place : places_) {
    // Outer places come before inner ones, so this ends.
    while (place.outer != 0 && path_of(place).find("/include/") != std::string::npos)
      place = places_[place.outer];
    const std::string path = path_of(place);
    resolved.push_back({path.substr(path.rfind('/') + 1), place.line});
  }
  return resolved;
}

}  // namespace duet::cuda_double::ptx
