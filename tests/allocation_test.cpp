// A step on a CPU allocates nothing: every way to memory that the library and the libraries below it take is
// counted while an epoch's steps run. (NVIDIA's driver takes a block now and then; of a GPU's memory, which
// nothing is taken of either, cuda_program_test keeps count.)
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <new>

#include "core/data/bytes.h"
#include "core/mlp.h"
#include "core/resident.h"
#include "core/sweep.h"
#include "tests/backends.h"
#include "tests/small_data.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

// The C library's own names for what we replace, where it has one. Under a sanitizer, malloc is the
// sanitizer's; then only operator new is counted.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
constexpr bool counts_c = true;
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  ++allocations;
  *to = __libc_memalign(alignment, size);
  return *to != nullptr ? 0 : ENOMEM;
}
void* mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  ++allocations;
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, file, offset));
}
}
#else
constexpr bool counts_c = false;
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

namespace duet::test {
namespace {

bool is_counted(const std::function<void()>& allocate) {
  const long before = allocations;
  allocate();
  return allocations > before;
}

TEST(Allocation, IsCounted) {
  EXPECT_TRUE(is_counted([] { std::make_unique<Bytes>(0); }));
  if (!counts_c) return;
  EXPECT_TRUE(is_counted([] { Bytes(std::size_t{8} << 20); }));  // in huge pages
  void* p = nullptr;
  EXPECT_TRUE(is_counted([&] { p = mmap(nullptr, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }));
  munmap(p, 1);
  EXPECT_TRUE(is_counted([&p, old = std::malloc(1)] { p = std::realloc(old, 1000); }));
  std::free(p);
  EXPECT_TRUE(is_counted([&] { EXPECT_EQ(posix_memalign(&p, 64, 1), 0); }));
  std::free(p);
}

TEST(Allocation, NoneInAStep) {
  const LabelledImages data = small_data(700, 28, 28, 10);
  for (const NamedBackend& on : cpu_backends()) {
    SCOPED_TRACE(on.name);
    Backend& backend = *on.backend;
    const LayerSizes sizes = {784, 70, 50, 10};
    const ResidentExamples examples(backend, data.images, data.labels, 255);
    const ResidentOrder order(backend, {Part::train, 0, 700});
    const auto [memory, buffers] = allocate(backend, [&](Arena& arena) {
      return book_training(arena, sizes, 128, count_steps(700, 128), backend.prefers());
    });
    upload(backend, buffers.parameters, glorot_layers(sizes, 1));
    const Hyper hyper;
    copy_in<Hyper>(backend, buffers.hyper, {&hyper, 1});
    Sweep sweep(backend, 700, 128, [&on = buffers, &examples, &order, &backend](int rows) {
      return training_step(on, {examples.examples(), order.order(), 128, rows}, backend.prefers());
    });
    const auto shuffle = backend.compile(std::vector<Op>{Shuffle{1, order.order()}});
    sweep.run(0, 1);  // OpenMP makes its threads now

    const long before = allocations;
    shuffle->run(0, 1);
    sweep.run(0, sweep.steps());
    EXPECT_EQ(allocations, before);
  }
}

}  // namespace
}  // namespace duet::test
