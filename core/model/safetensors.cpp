#include "core/model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>

#include "core/atomic_file.h"
#include "core/data/bytes.h"
#include "core/data/sha256.h"
#include "core/error.h"
#include "core/model/json.h"

namespace duet {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "values and header length are copied as they are");

// Less than the 100 MB of the format's own library, which take 2 GB once they are parsed.
constexpr std::uint64_t longest_header = 16 << 20;
constexpr const char* metadata_key = "__metadata__";
constexpr const char* checksum_key = "duet.sha256";  // in the metadata

std::uint64_t size_in_bytes(const std::vector<std::uint64_t>& shape, const std::string& what) {
  std::uint64_t bytes = sizeof(float);
  for (const std::uint64_t size : shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes))
      fail(ErrorKind::model, "{} has an impossible shape", what);
  }
  return bytes;
}

TensorEntry parse_tensor(const std::string& name, const json& description, std::uint64_t data_size) {
  const std::string what = "tensor " + escaped(name);
  as_object(description, what);
  const std::string& dtype = as_string(member(description, "dtype", what), "the dtype of " + what);
  if (dtype != "F32") {
    fail(ErrorKind::model, "{} holds {}; only F32 is read, so convert it first", what, escaped(dtype));
  }
  TensorEntry tensor;
  tensor.name = name;
  for (const json& size : as_array(member(description, "shape", what), "the shape of " + what)) {
    tensor.shape.push_back(as_unsigned(size, "a size in the shape of " + what));
  }
  const json& offsets = as_array(member(description, "data_offsets", what), "data_offsets of " + what);
  if (offsets.size() != 2 || description.size() != 3) {
    fail(ErrorKind::model, "{} is not described by dtype, shape and two data_offsets alone", what);
  }
  tensor.begin = as_unsigned(offsets[0], "an offset of " + what);
  tensor.end = as_unsigned(offsets[1], "an offset of " + what);
  if (tensor.begin > tensor.end) fail(ErrorKind::model, "{} ends before it begins", what);
  if (tensor.end > data_size) {
    fail(ErrorKind::model, "{} ends at byte {} of {}: the file is cut off or damaged", what, tensor.end,
         data_size);
  }
  if (const auto bytes = size_in_bytes(tensor.shape, what); bytes != tensor.end - tensor.begin) {
    fail(ErrorKind::model, "{} has {} bytes where its shape needs {}", what, tensor.end - tensor.begin,
         bytes);
  }
  return tensor;
}

void check_no_gaps(const std::vector<TensorEntry>& tensors, std::uint64_t data_size) {
  std::uint64_t end = 0;
  for (const TensorEntry& tensor : tensors) {
    if (tensor.begin < end) fail(ErrorKind::model, "tensor {} overlaps another", escaped(tensor.name));
    if (tensor.begin > end) fail(ErrorKind::model, "there is a gap before tensor {}", escaped(tensor.name));
    end = tensor.end;
  }
  if (end != data_size) fail(ErrorKind::model, "{} bytes follow the last tensor", data_size - end);
}

// With spaces at its end, so that the values begin at a multiple of 8.
std::string format_header(std::span<const TensorView> tensors,
                          const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) header[metadata_key] = metadata;
  std::uint64_t offset = 0;
  for (const TensorView& tensor : tensors) {
    const std::uint64_t end = offset + tensor.values.size_bytes();
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// What a checksum is of, but for the values of the tensors.
void add_metadata(Sha256& sum, const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, value] : metadata) {
    if (key != checksum_key) sum.add(bytes_of_text(value));
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) {
  std::error_code error;
  file_size_ = std::filesystem::file_size(path, error);  // an error unless it is a regular file
  if (error) fail(ErrorKind::model, "{}", error.message());
  file_.open(path, std::ios::binary);
  if (!file_) fail(ErrorKind::model, "{}", reason(errno));

  std::uint64_t header_size = 0;
  if (file_size_ < sizeof header_size) fail(ErrorKind::model, "not a safetensors file: {} bytes", file_size_);
  file_.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
  const std::uint64_t rest = file_size_ - sizeof header_size;
  if (header_size > longest_header) {
    fail(ErrorKind::model, "not a safetensors file: a header of {} bytes is over the format's limit",
         header_size);
  }
  if (header_size > rest) {
    fail(ErrorKind::model,
         "the header should have {} bytes, but only {} follow: the file is cut off or damaged", header_size,
         rest);
  }
  std::string text(header_size, '\0');
  file_.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file_) fail(ErrorKind::model, "the header cannot be read");
  data_start_ = sizeof header_size + header_size;
  parse_header(text, rest - header_size);
}

void SafetensorsFile::parse_header(const std::string& text, std::uint64_t data_size) {
  const json header = parse_object(text, "the header");
  for (const auto& [name, description] : header.items()) {
    if (name != metadata_key) {
      tensors_.push_back(parse_tensor(name, description, data_size));
      continue;
    }
    for (const auto& [key, value] : as_object(description, metadata_key).items()) {
      metadata_[key] = as_string(value, fmt::format("{} in {}", escaped(key), metadata_key));
    }
  }
  std::sort(tensors_.begin(), tensors_.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);  // by the end too, for those without values
  });
  check_no_gaps(tensors_, data_size);
}

std::vector<float> SafetensorsFile::read(const TensorEntry& tensor) {
  std::vector<float> values((tensor.end - tensor.begin) / sizeof(float));
  file_.seekg(static_cast<std::streamoff>(data_start_ + tensor.begin));
  file_.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(tensor.end - tensor.begin));
  if (!file_) fail(ErrorKind::model, "tensor {} cannot be read", escaped(tensor.name));
  return values;
}

// A megabyte at a time: the file may be as large as what else is in memory.
void SafetensorsFile::add_content(Sha256& sum, std::uint64_t first) {
  Bytes piece(std::size_t{1} << 20);
  file_.seekg(static_cast<std::streamoff>(first));
  for (std::uint64_t left = file_size_ - first; left > 0;) {
    const std::uint64_t size = std::min<std::uint64_t>(left, piece.size());
    file_.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(size));
    if (!file_) fail(ErrorKind::model, "the file cannot be read");
    sum.add(piece.span().first(size));
    left -= size;
  }
}

std::string SafetensorsFile::sha256() {
  Sha256 sum;
  add_content(sum, 0);
  return sum.digits();
}

bool SafetensorsFile::has_checksum() const { return metadata_.contains(checksum_key); }

void SafetensorsFile::check() {
  if (!has_checksum()) return;
  Sha256 sum;
  add_metadata(sum, metadata_);
  add_content(sum, data_start_);
  if (sum.digits() != metadata_[checksum_key]) {
    fail(ErrorKind::model, "its checksum is another than the one it was written with: the file is damaged");
  }
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  Sha256 sum;
  add_metadata(sum, metadata);
  for (const TensorView& tensor : tensors) {
    sum.add({reinterpret_cast<const std::uint8_t*>(tensor.values.data()), tensor.values.size_bytes()});
  }
  std::map<std::string, std::string> with_checksum = metadata;
  with_checksum[checksum_key] = sum.digits();
  const std::string header = format_header(tensors, with_checksum);
  const std::uint64_t header_size = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header_size, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const TensorView& tensor : tensors) file.write(std::as_bytes(tensor.values));
  file.commit();
}

}  // namespace duet
