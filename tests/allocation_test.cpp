// A step allocates nothing: malloc, calloc and what is built on them are counted while an epoch's steps run.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/mlp.h"
#include "core/resident.h"
#include "core/sweep.h"
#include "tests/backends.h"
#include "tests/small_data.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

// The C library's own names for what we replace. Under a sanitizer, malloc is the sanitizer's; then only
// operator new is counted.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
}
#else
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

TEST(Allocation, IsCounted) {
  const long before = allocations;
  const auto p = std::make_unique<int>(1);
  EXPECT_GT(allocations, before);
}

TEST(Allocation, NoneInAStep) {
  const LabelledImages data = small_data(700, 28, 28, 10);
  for (const NamedBackend& on : usable_backends()) {
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
