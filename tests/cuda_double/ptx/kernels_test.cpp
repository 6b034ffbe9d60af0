// Our own kernels, as nvcc made them, in the double: right values and nothing to report, in any order.
#include <cmath>

#include "core/adam_step.h"
#include "cuda/kernels/kernels.h"
#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

constexpr Schedule schedules[] = {{Schedule::ascending}, {Schedule::descending}, {Schedule::random, 7}};

double moment(double beta, double old, double one_minus_beta, double g) {
  return beta * old + one_minus_beta * g;
}
double change(const AdamStep& s, double m, double v) {
  return double{s.rate} * m / (std::sqrt(v * double{s.correction2}) + double{s.epsilon});
}

TEST(Kernels, Adam) {
  const Module module = module_of_file("adam.75.ptx");
  const AdamStep step = adam_step({}, 2);
  for (const Schedule& schedule : schedules) {
    const std::int64_t size = 4 * 700;
    std::vector<float> param(size), g(size), m(size), v(size);
    for (std::int64_t i = 0; i < size; ++i) {
      const float x = static_cast<float>(i % 97) / 97 - 0.5f;
      param[i] = x, g[i] = x * x, m[i] = -x, v[i] = x * x;
    }
    const Buffer<float> p(param), grad(g), first(m), second(v);
    const Buffer<AdamStep> constants(std::vector{step});
    const cuda::AdamArrays arrays{p.get(), grad.get(),      first.get(), second.get(),
                                  size,    constants.get(), nullptr};
    ASSERT_EQ(run(kernel_of(module, "adam_thread_per_four"),
                  {.blocks = {3, 1, 1}, .threads = {256, 1, 1}, .schedule = schedule}, arrays),
              Ended::well);
    EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
    const auto result = p.values(), new_m = first.values(), new_v = second.values();
    for (std::int64_t i = 0; i < size; ++i) {
      const double dm = moment(step.beta1, m[i], step.one_minus_beta1, g[i]);
      const double dv = moment(step.beta2, v[i], step.one_minus_beta2, g[i] * g[i]);
      ASSERT_NEAR(new_m[i], dm, 1e-6);
      ASSERT_NEAR(new_v[i], dv, 1e-6);
      ASSERT_NEAR(result[i], double{param[i]} - change(step, dm, dv), 1e-5) << i;
    }
  }
}

}  // namespace
}  // namespace duet::cuda_double
