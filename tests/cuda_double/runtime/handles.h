// What the API's handles stand for. A handle is a number that was never used before, so one that was given
// back is known as such; it points to nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

namespace duet::cuda_double {

std::uintptr_t next_handle();

template <class Handle, class T>
class Handles {
 public:
  Handle add(std::shared_ptr<T> one) {
    const auto handle = reinterpret_cast<Handle>(next_handle());
    all_.emplace(handle, std::move(one));
    return handle;
  }
  std::shared_ptr<T> find(Handle handle) const {
    const auto at = all_.find(handle);
    return at != all_.end() ? at->second : nullptr;
  }
  void remove(Handle handle) { all_.erase(handle); }
  std::size_t size() const { return all_.size(); }
  const std::map<Handle, std::shared_ptr<T>>& all() const { return all_; }

 private:
  std::map<Handle, std::shared_ptr<T>> all_;
};

}  // namespace duet::cuda_double
