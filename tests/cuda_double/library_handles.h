// What a library gives out and takes back: handles and descriptors. An address is never given out twice, so a
// handle that was given back is known as such for ever.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {

template <class T>
class LibraryHandles {
 public:
  T* make(T value) {
    const std::lock_guard lock(mutex_);
    auto entry = std::make_unique<Entry>(Entry{std::move(value)});
    T* const handle = &entry->value;
    entries_.emplace(handle, std::move(entry));
    count_handle(1);
    return handle;
  }

  // Null: never given out, or given back.
  T* find(const void* handle) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(handle);
    return found != entries_.end() && found->second->living ? &found->second->value : nullptr;
  }

  bool give_back(const void* handle) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(handle);
    if (found == entries_.end() || !std::exchange(found->second->living, false)) return false;
    count_handle(-1);
    return true;
  }

 private:
  struct Entry {
    T value;
    bool living = true;
  };
  std::mutex mutex_;
  std::map<const void*, std::unique_ptr<Entry>> entries_;
};

}  // namespace duet::cuda_double
