#include "tests/cuda_double/runtime/fat_binary.h"

#include <dlfcn.h>
#include <fatbinary_section.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace duet::cuda_double {
namespace {

// The format is not documented. What is used of it was read from what nvcc 13.0 and fatbinary write, with and
// without --no-compress.
constexpr std::uint32_t magic_of_images = 0xba55ed50;
struct Images {
  std::uint32_t magic;
  std::uint16_t version, header_bytes;
  std::uint64_t bytes;  // behind the header
};
struct Image {
  std::uint16_t kind, version;
  std::uint32_t header_bytes;
  std::uint64_t bytes;         // behind the header
  std::uint32_t packed_bytes;  // of these; what is left is padding. 0: not packed
  std::uint32_t options;
  std::uint16_t minor, major;
  std::uint32_t architecture;
  std::uint64_t unused;
  std::uint64_t flags;
  std::uint64_t unused2;
  std::uint64_t unpacked_bytes;
};
constexpr std::uint16_t kind_ptx = 1;
constexpr std::uint64_t flag_zstd = 0x8000;

template <class T>
T read(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// dpkg needs libzstd, so every Debian has it; its header may be missing.
std::string unpack_zstd(const std::byte* packed, std::size_t packed_bytes, std::size_t bytes) {
  void* const library = dlopen("libzstd.so.1", RTLD_NOW);
  using Decompress = std::size_t (*)(void*, std::size_t, const void*, std::size_t);
  const auto decompress =
      library != nullptr ? reinterpret_cast<Decompress>(dlsym(library, "ZSTD_decompress")) : nullptr;
  if (decompress == nullptr)
    throw std::runtime_error("PTX is packed, and there is no libzstd.so.1 to unpack it");
  std::string text(bytes, '\0');
  if (decompress(text.data(), bytes, packed, packed_bytes) != bytes) {
    throw std::runtime_error("PTX is packed, and libzstd cannot unpack it");
  }
  return text;
}

std::string unpack(const Image& image, const std::byte* payload) {
  if (image.packed_bytes == 0) {
    const auto* const text = reinterpret_cast<const char*>(payload);
    return {text, strnlen(text, image.bytes)};
  }
  if ((image.flags & flag_zstd) == 0) throw std::runtime_error("PTX is packed, and not by zstd");
  std::string text = unpack_zstd(payload, image.packed_bytes, image.unpacked_bytes);
  text.resize(std::strlen(text.c_str()));
  return text;
}

}  // namespace

Ptx find_ptx(const void* wrapper, int architecture) {
  const auto* const control = static_cast<const __fatBinC_Wrapper_t*>(wrapper);
  const auto* const begin = reinterpret_cast<const std::byte*>(control->data);
  const auto images = read<Images>(begin);
  if (control->magic != FATBINC_MAGIC || control->version != FATBINC_VERSION ||
      images.magic != magic_of_images) {
    throw std::runtime_error("a fat binary of an unknown kind (relocatable device code?)");
  }
  const std::byte* const first = begin + images.header_bytes;
  const std::byte* best = nullptr;
  int target = 0;
  for (const std::byte* at = first; at < first + images.bytes;) {
    const auto image = read<Image>(at);
    const int wanted = static_cast<int>(image.architecture);
    if (image.kind == kind_ptx && wanted <= architecture && wanted > target) {
      best = at;
      target = wanted;
    }
    at += image.header_bytes + image.bytes;
  }
  if (best == nullptr) return {};
  const auto image = read<Image>(best);
  return {target, unpack(image, best + image.header_bytes)};
}

}  // namespace duet::cuda_double
