// Moments that decay below the smallest normal number become zero on a CPU, which is slow with what is
// smaller (a GPU is not), and the caller's own arithmetic stays as it was.
#include <gtest/gtest.h>

#include <vector>

#include "core/layout.h"
#include "tests/backends.h"

namespace duet::test {
namespace {

constexpr float denormal = 1e-39f;

float halved(float x) {
  volatile float half = 0.5f;  // so that the processor multiplies, not the compiler
  return x * half;
}

TEST(Denormals, OfMomentsBecomeZero) {
  for (const NamedBackend& on : cpu_backends()) {
    SCOPED_TRACE(on.name);
    struct Booked {
      Vec<float> param, grad, m, v;
      Ptr<Hyper> hyper;
    };
    const auto [memory, booked] = allocate(*on.backend, [](Arena& arena) {
      return Booked{arena.vec<float>(16), arena.vec<float>(16), arena.vec<float>(16), arena.vec<float>(16),
                    arena.one<Hyper>()};
    });
    const std::vector<float> moments(16, denormal);
    const Hyper hyper;
    copy_in<float>(*on.backend, booked.m.data, moments);
    copy_in<float>(*on.backend, booked.v.data, moments);
    copy_in<Hyper>(*on.backend, booked.hyper, {&hyper, 1});
    const std::vector<Op> step = {Adam{booked.param, booked.grad, booked.m, booked.v, booked.hyper, {}}};
    on.backend->compile(step)->run(0, 1);

    for (const Vec<float>& moment : {booked.m, booked.v}) {
      std::vector<float> after(16, 1);
      copy_out<float>(*on.backend, after, moment.data);
      EXPECT_EQ(after, std::vector<float>(16, 0));
    }
    EXPECT_GT(halved(denormal), 0);
  }
}

}  // namespace
}  // namespace duet::test
