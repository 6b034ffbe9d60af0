// Data files as tests make them: IDX bytes, packed by zlib (the library itself unpacks with libdeflate).
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/data/bytes.h"
#include "core/error.h"

namespace duet {

inline Bytes to_bytes(const std::string& text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// `element_type` 8 is unsigned bytes.
inline std::string idx_header(const std::vector<std::uint32_t>& shape, char element_type = 8) {
  std::string header{0, 0, element_type, static_cast<char>(shape.size())};
  for (const std::uint32_t dimension : shape)
    for (const int shift : {24, 16, 8, 0}) header += static_cast<char>(dimension >> shift & 0xff);
  return header;
}

inline std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
  std::string file = idx_header({count, height, width});
  for (std::uint32_t i = 0; i < count * height * width; ++i) file += static_cast<char>(i * 7 % 251);
  return file;
}

inline std::string idx_labels(const std::string& labels) {
  return idx_header({static_cast<std::uint32_t>(labels.size())}) + labels;
}

inline std::string gzip(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::vector<Bytef> in(text.begin(), text.end());
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::vector<Bytef> out(packed.size());
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib cannot pack");
  packed.assign(out.begin(), out.end() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

// The sentence of the error of this kind that `action` throws; "" when it throws none.
inline std::string error_of(ErrorKind kind, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

}  // namespace duet
