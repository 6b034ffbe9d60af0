#include "cpu/memory.h"

#include <sys/mman.h>

#include <algorithm>

#include "core/error.h"
#include "cpu/host.h"

namespace duet::cpu {

Memory allocate(std::size_t bytes) {
  // The system would promise more than it has, and end the process when it is used. Asking takes a dozen
  // files, so only for what is large.
  constexpr std::size_t large = 16 << 20;
  const std::size_t free = bytes < large ? large : available_memory();
  constexpr double mib = 1 << 20;
  if (bytes > free) {
    fail(ErrorKind::memory,
         "{:.0f} MiB of memory are needed and {:.0f} MiB are free; use smaller layers, a smaller --batch or "
         "less data",
         static_cast<double>(bytes) / mib, static_cast<double>(free) / mib);
  }
  const std::size_t size = std::max<std::size_t>(bytes, 1);
  void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    fail(ErrorKind::memory,
         "the system refused {:.0f} MiB of memory (a limit of this process, see ulimit -v?); use smaller "
         "layers or less data",
         static_cast<double>(size) / mib);
  }
  constexpr std::size_t huge_page = 2 << 20;
  if (size >= huge_page) madvise(data, size, MADV_HUGEPAGE);  // a wish
  return {Ptr<std::byte>(static_cast<std::byte*>(data)),
          std::shared_ptr<void>(data, [size](void* p) { munmap(p, size); })};
}

}  // namespace duet::cpu
