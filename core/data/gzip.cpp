#include "core/data/gzip.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

#include "core/error.h"

namespace duet {
namespace {

// A deflate stream cannot grow by more: 258 bytes for two bits.
constexpr std::size_t largest_ratio = 1032;

[[noreturn]] void fail_damaged(std::string_view name) {
  fail(ErrorKind::data, "{}: its gzip data is damaged or cut off; get the file again", name);
}

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* it) const { libdeflate_free_decompressor(it); }
};

// zlib's state for one stream.
class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK)
      throw std::bad_alloc();  // 15: largest window, 16: gzip wrapper
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

// By zlib, because libdeflate unpacks all or nothing.
std::vector<std::uint8_t> gunzip_head(std::span<const std::uint8_t> packed, std::size_t count,
                                      std::string_view name) {
  std::vector<std::uint8_t> head(count);
  Inflater inflater;
  z_stream& stream = inflater.stream();
  stream.next_in = const_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), 1 << 20));
  stream.next_out = head.data();
  stream.avail_out = static_cast<uInt>(count);
  while (stream.avail_out > 0) {
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    if (status == Z_STREAM_END) {  // of a member; the next one may follow
      if (!is_gzip({stream.next_in, stream.avail_in})) break;
      inflateReset(&stream);
    } else if (status != Z_OK) {
      fail_damaged(name);
    }
  }
  head.resize(count - stream.avail_out);
  return head;
}

Bytes gunzip(std::span<const std::uint8_t> packed, std::size_t size, std::string_view name) {
  if (size / largest_ratio > packed.size())
    fail(ErrorKind::data,
         "{}: truncated: its header announces {} bytes, more than its {} packed bytes can hold", name, size,
         packed.size());
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  if (!decompressor) throw std::bad_alloc();
  Bytes bytes(size);
  std::size_t done = 0;
  while (is_gzip(packed)) {
    std::size_t read = 0, written = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        decompressor.get(), packed.data(), packed.size(), bytes.data() + done, size - done, &read, &written);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
      fail(ErrorKind::data, "{}: trailing bytes: it unpacks to more than the {} bytes its header announces",
           name, size);
    if (result != LIBDEFLATE_SUCCESS) fail_damaged(name);
    packed = packed.subspan(read);
    done += written;
  }
  const bool only_padding =
      std::all_of(packed.begin(), packed.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!only_padding) fail(ErrorKind::data, "{}: {} trailing bytes after its gzip data", name, packed.size());
  if (done < size)
    fail(ErrorKind::data, "{}: truncated: its header announces {} bytes, and there are {}", name, size, done);
  return bytes;
}

}  // namespace duet
