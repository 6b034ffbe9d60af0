// What a device must be able to do: nine verbs. A program is compiled once and then only run.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ops.h"
#include "core/precision.h"
#include "core/views.h"

namespace duet {

// Memory of a backend; given back when the last owner goes.
class Memory {
 public:
  Memory() = default;
  Memory(Ptr<std::byte> data, std::shared_ptr<void> owner) : data_(data), owner_(std::move(owner)) {}
  Ptr<std::byte> data() const { return data_; }

 private:
  Ptr<std::byte> data_;
  std::shared_ptr<void> owner_;
};

struct FreeMemory {
  std::size_t bytes;
  // That each thread to come takes of them: its stack, where addresses are limited.
  std::size_t bytes_per_thread = 0;
};

class Executable {
 public:
  virtual ~Executable() = default;
  // Steps first .. first+count-1. Never allocates, and on a GPU never waits.
  virtual void run(int first, int count) = 0;
};

// A variable of the environment that changes what a run on the device means.
struct EnvironmentSetting {
  std::string name, value;
  std::string effect;  // "which GPU cuda:0 is"
};

// Which device a backend is.
struct DeviceInfo {
  std::string device;    // "cpu", "cuda:0"
  std::string hardware;  // "avx512, 2 threads"
  int threads = 0;       // of the host that compute; 0 on a GPU
  Precision precision = Precision::fp32;
  // Of each product that a library was asked for: how it does it. What has been compiled so far.
  std::map<std::string, std::string> algorithms = {};
  std::vector<EnvironmentSetting> environment = {};
  std::string text() const { return fmt::format("{} ({}, {})", device, hardware, name_of(precision)); }
};

// What a backend likes; constants.
struct Preferences {
  bool update_in_grad_weight = false;  // Adam inside GradWeight, no gradient stored
  int weight_panel = 0;                // columns in a panel of weights; 0: all
  int head_up_to_classes = 0;          // Head in the place of its parts, for so few classes
  int rows_of_evaluation = 256;        // in a batch that nothing is learned from; few keep to a cache
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual DeviceInfo info() const = 0;
  virtual Preferences prefers() const = 0;
  virtual bool takes_memory_of_host() const { return false; }  // which the process takes from too
  virtual FreeMemory free_memory() = 0;                        // now: may read a dozen files
  virtual Memory allocate(std::size_t bytes) = 0;  // zeroed, 256-byte aligned; throws Error(memory)
  // In order with runs.
  virtual void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) = 0;
  // Waits for what came before.
  virtual void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) = 0;
  // copy_out that never waits: brings what was there at some time since the last wait(), or else nothing, and
  // `to` stays as it is.
  virtual void peek(std::span<std::byte> to, Ptr<const std::byte> from) = 0;
  // Bytes that compile() will allocate, as far as that depends on shapes alone: no address is followed.
  virtual std::size_t bytes_to_compile(std::span<const Op> step) = 0;
  // May allocate and throw.
  virtual std::unique_ptr<Executable> compile(std::span<const Op> step) = 0;
  virtual void wait() = 0;  // throws late device errors
};

// The same verbs for values of any plain type.
template <class T>
void copy_in(Backend& backend, Ptr<T> to, std::span<const T> from) {
  backend.copy_in(to.template as<std::byte>(), std::as_bytes(from));
}
template <class T>
void copy_out(Backend& backend, std::span<T> to, Ptr<const T> from) {
  backend.copy_out(std::as_writable_bytes(to), from.template as<const std::byte>());
}
template <class T>
void peek(Backend& backend, std::span<T> to, Ptr<const T> from) {
  backend.peek(std::as_writable_bytes(to), from.template as<const std::byte>());
}

}  // namespace duet
