// The safetensors format, F32 tensors only: 8 bytes of header length, little-endian; a JSON header
// {"name": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, ..., "__metadata__": {string:
// string}}; the values, without gaps. (https://huggingface.co/docs/safetensors)
// Files of ours have the metadata key "duet.sha256": of all other values of the metadata, in the order of
// their keys, and of the bytes behind the header. What else the header says is checked against those bytes
// anyway.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/data/sha256.h"

namespace duet {

struct TensorEntry {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes, from the end of the header
};

// Checks the whole header before any value is read, and every size before it is used. Throws Error(model)
// whose text says the fault alone; the caller knows which file it asked for.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  const std::vector<TensorEntry>& tensors() const { return tensors_; }  // in the order of their values
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::vector<float> read(const TensorEntry& tensor);
  bool has_checksum() const;
  // Throws Error(model) where there is a checksum, and it is another than that of what is there.
  void check();
  std::string sha256();  // of the whole file

 private:
  void add_content(Sha256& sum, std::uint64_t first);  // all from there
  void parse_header(const std::string& text, std::uint64_t data_size);

  std::ifstream file_;
  std::uint64_t file_size_ = 0;
  std::uint64_t data_start_ = 0;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

struct TensorView {
  std::string name;
  std::vector<int> shape;
  std::span<const float> values;
};

// With a checksum. The values stand in the order given and begin at a multiple of 8 bytes. The file is
// replaced whole or not at all. Throws Error(other).
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace duet
