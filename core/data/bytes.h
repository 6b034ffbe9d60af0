// An owned run of bytes that, unlike a vector, is not zeroed before it is filled: 47 MB of MNIST come through here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace duet {

class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::size_t size) : data_(new std::uint8_t[size]), size_(size) {}
  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<const std::uint8_t> span() const { return {data(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
};

}  // namespace duet
