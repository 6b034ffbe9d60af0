#include "tools/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <ctime>
#include <protozero/pbf_writer.hpp>

#include "tools/crc32c.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Message = protozero::pbf_writer;

// The numbers of the fields that are used.
namespace event {
constexpr int wall_time = 1, step = 2, file_version = 3, summary = 5;
}
namespace summary {
constexpr int value = 1;
}
namespace value {
constexpr int tag = 1, simple_value = 2, image = 4;
}
namespace image {
constexpr int height = 1, width = 2, colorspace = 3, encoded = 4;
}

// TensorBoard takes for an event file what has "tfevents" in its name.
fs::path unused_name(const fs::path& folder) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string start =
      fmt::format("events.out.tfevents.{:010}.{}.{}.", std::time(nullptr), host, ::getpid());
  std::error_code ignored;
  for (int number = 0;; ++number)
    if (fs::path name = folder / (start + std::to_string(number)); !fs::exists(name, ignored)) return name;
}

std::string little_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

// A record may hold records with their own checksums; so that these do not cancel out, all are masked.
std::string checksum(std::string_view bytes) {
  return little_endian(std::rotr(crc32c(bytes), 15) + 0xA282EAD8, 4);
}

int big_endian(std::span<const std::uint8_t> four_bytes) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : four_bytes) number = number << 8 | byte;
  return static_cast<int>(number);
}

}  // namespace

EventFile::EventFile(const fs::path& folder, std::string_view option)
    : file_(unused_name(folder), IfThere::fail, option) {
  std::string message;
  Message writer(message);
  writer.add_double(event::wall_time, static_cast<double>(std::time(nullptr)));
  writer.add_string(event::file_version, "brain.Event:2");
  add_record(message);
  flush();
}

void EventFile::scalars(std::int64_t step, double time, std::initializer_list<Scalar> values) {
  std::string message;
  Message writer(message);
  writer.add_double(event::wall_time, time);
  writer.add_int64(event::step, step);
  {
    Message all(writer, event::summary);
    for (const Scalar& scalar : values) {
      Message one(all, summary::value);
      one.add_string(value::tag, scalar.tag.data(), scalar.tag.size());
      one.add_float(value::simple_value, scalar.value);
    }
  }
  add_record(message);
}

void EventFile::image(std::int64_t step, double time, std::string_view tag,
                      std::span<const std::uint8_t> png) {
  std::string message;
  Message writer(message);
  writer.add_double(event::wall_time, time);
  writer.add_int64(event::step, step);
  {
    Message all(writer, event::summary);
    Message one(all, summary::value);
    one.add_string(value::tag, tag.data(), tag.size());
    Message picture(one, value::image);
    constexpr int rgb = 3;
    picture.add_int32(image::height,
                      big_endian(png.subspan(20, 4)));  // of the chunk IHDR, which is a PNG's first
    picture.add_int32(image::width, big_endian(png.subspan(16, 4)));
    picture.add_int32(image::colorspace, rgb);
    picture.add_bytes(image::encoded, reinterpret_cast<const char*>(png.data()), png.size());
  }
  add_record(message);
}

void EventFile::flush() {
  file_.append(records_);
  records_.clear();
}

void EventFile::add_record(std::string_view message) {
  const std::string length = little_endian(message.size(), 8);
  records_ += length + checksum(length);
  records_ += message;
  records_ += checksum(message);
}

}  // namespace duet
