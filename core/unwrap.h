// The way from a Ptr to a pointer, for those whose memory it is: backends, and tests that know theirs is the
// host's.
#pragma once

#include "core/views.h"

namespace duet {

template <class T>
T* unwrap(Ptr<T> ptr) {
  return reinterpret_cast<T*>(ptr.address());
}

}  // namespace duet
