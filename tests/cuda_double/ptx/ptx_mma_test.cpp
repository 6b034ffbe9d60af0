// Products of tensor cores, and what is wrong with those who ask for them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

constexpr int m = 16, n = 8, k = 8, lanes = 32;

// To 10 bits behind the point; ties away from zero, as std::round() has it.
double nearest_tf32(float value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(std::round(std::ldexp(double{value}, 11 - exponent)), exponent - 11);
}

std::vector<float> random_values(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(size);
  for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random);
  return values;
}

// In rows, with the factors rounded.
std::vector<double> product(const std::vector<float>& a, const std::vector<float>& b, std::vector<double> c,
                            int depth) {
  for (int row = 0; row < m; ++row) {
    for (int col = 0; col < n; ++col) {
      for (int each = 0; each < depth; ++each)
        c[row * n + col] += nearest_tf32(a[row * depth + each]) * nearest_tf32(b[each * n + col]);
    }
  }
  return c;
}

double farthest(const std::vector<double>& expected, const std::vector<float>& values) {
  EXPECT_EQ(values.size(), expected.size());
  double distance = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double from = std::fabs(double{values[i]} - expected[i]);
    distance = std::isnan(from) ? double{INFINITY} : std::max(distance, from);
  }
  return distance;
}
constexpr double near = 1e-5, far = 1e-4;

// What each lane has in its registers, one lane after the other.
struct Fragments {
  std::vector<float> a, b, c;
};

// groupID and threadID_in_group are the manual's words.
Fragments fragments_of(const std::vector<float>& a, const std::vector<float>& b,
                       const std::vector<float>& c) {
  Fragments lie;
  for (int lane = 0; lane < lanes; ++lane) {
    const int group = lane >> 2, in_group = lane % 4;
    for (const auto& [row, col] : {std::pair{group, in_group},
                                   {group + 8, in_group},
                                   {group, in_group + 4},
                                   {group + 8, in_group + 4}})
      lie.a.push_back(a[row * k + col]);
    for (const int row : {in_group, in_group + 4}) lie.b.push_back(b[row * n + group]);
    for (const int row : {group, group + 8}) {
      for (const int col : {2 * in_group, 2 * in_group + 1}) lie.c.push_back(c[row * n + col]);
    }
  }
  return lie;
}

class PtxMma : public testing::Test {
 protected:
  // What it leaves in d, a matrix in rows.
  std::vector<float> run_fragments(const Fragments& fragments, const std::string& converts = "Lb1ELb1E",
                                   unsigned threads = lanes, unsigned taking_part = lanes) const {
    const Buffer<float> a(fragments.a), b(fragments.b), c(fragments.c), d(std::vector<float>(m * n, NAN));
    EXPECT_EQ(run(kernel_of(module_, "fragmentsI" + converts), {.threads = {threads, 1, 1}}, a.get(), b.get(),
                  c.get(), d.get(), taking_part),
              Ended::well);
    const std::vector<float> of_lanes = d.values();
    std::vector<float> matrix(m * n);
    for (int i = 0; i < m * n; ++i) {
      const int lane = i / 4, row = lane / 4 + (i % 4 > 1 ? 8 : 0), col = lane % 4 * 2 + i % 2;
      matrix[row * n + col] = of_lanes[i];
    }
    return matrix;
  }
  void expect_told(Check check, const std::string& part) const {
    const std::vector<Report> reports = take_reports();
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].check, check);
    EXPECT_NE(reports[0].text.find(part), reports[0].text.npos) << reports[0].text;
    EXPECT_NE(reports[0].text.find("mma.cu:"), reports[0].text.npos) << reports[0].text;
  }

  const Module module_ = module_of_file("mma.80.ptx");
  const std::vector<float> a_ = random_values(m * k, 1), b_ = random_values(k * n, 2),
                           c_ = random_values(m * n, 3);
  const Fragments fragments_ = fragments_of(a_, b_, c_);
  const std::vector<double> expected_ = product(a_, b_, {c_.begin(), c_.end()}, k);
};

TEST_F(PtxMma, IsTheProductOfItsFragments) {
  EXPECT_LT(farthest(expected_, run_fragments(fragments_)), near);
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
}

TEST_F(PtxMma, HasEachElementInItsPlace) {
  for (const auto part : {&Fragments::a, &Fragments::b, &Fragments::c}) {
    const std::size_t size = (fragments_.*part).size(), registers = size / lanes;
    for (std::size_t i = 0; i < size; ++i) {
      // With the next register of the lane, and with the same register of the next lane.
      for (const std::size_t other :
           {i / registers * registers + (i + 1) % registers, (i + registers) % size}) {
        Fragments permuted = fragments_;
        (permuted.*part)[i] = (fragments_.*part)[other];
        (permuted.*part)[other] = (fragments_.*part)[i];
        EXPECT_GT(farthest(expected_, run_fragments(permuted)), far) << i << " " << other;
      }
    }
  }
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
}

TEST_F(PtxMma, OfMatricesInSharedMemory) {
  constexpr int depth = 64;
  const std::vector<float> a = random_values(m * depth, 4), b = random_values(depth * n, 5);
  const Buffer<float> on_device[] = {Buffer(a), Buffer(b), Buffer<float>(m * n)};
  EXPECT_EQ(run(kernel_of(module_, "matrices"), one_warp, on_device[0].get(), on_device[1].get(),
                on_device[2].get()),
            Ended::well);
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
  EXPECT_LT(farthest(product(a, b, std::vector<double>(m * n), depth), on_device[2].values()), near);
}

TEST_F(PtxMma, AddsInTheOrderOfKFromCOn) {
  // At 2^24 a float has no place for 1, but for 2.
  std::vector<float> a(m * k, 1);
  for (int row = 0; row < m; ++row) a[row * k + 7] = 2;
  const Fragments all = fragments_of(a, std::vector<float>(k * n, 1), std::vector<float>(m * n, 16777216));
  EXPECT_EQ(run_fragments(all), std::vector<float>(m * n, 16777218));
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
}

TEST_F(PtxMma, TellsOfFactorsThatNobodyConverted) {
  // The bits that are too many are not seen.
  std::vector<float> cut = a_;
  for (float& value : cut) value = std::bit_cast<float>(std::bit_cast<U32>(value) & ~U32{0x1fff});
  const std::vector<double> expected = product(cut, b_, {c_.begin(), c_.end()}, k);
  EXPECT_LT(farthest(expected, run_fragments(fragments_, "Lb0ELb1E")), near);
  expect_told(Check::misuse, "a0 of mma is 0x");
  run_fragments(fragments_, "Lb1ELb0E");
  expect_told(Check::misuse, "which is no TF32: cvt.rna.tf32.f32 was left out");
}

TEST_F(PtxMma, TakesFactorsThatAreTf32AsTheyAre) {
  std::vector<float> a(m * k), b(k * n);
  for (int i = 0; i < m * k; ++i) a[i] = static_cast<float>(i % 13 - 6) / 4;
  for (int i = 0; i < k * n; ++i) b[i] = static_cast<float>(i % 7 - 3) * 1024;
  const std::vector<double> exact = product(a, b, std::vector<double>(m * n, 0.5), k);
  const Fragments fragments = fragments_of(a, b, std::vector<float>(m * n, 0.5));
  for (const char* converts : {"Lb0ELb1E", "Lb1ELb0E"})
    EXPECT_EQ(farthest(exact, run_fragments(fragments, converts)), 0);
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
}

TEST_F(PtxMma, TellsOfLanesThatAreNotThere) {
  run_fragments(fragments_, "Lb1ELb1E", lanes, 20);
  expect_told(Check::barrier,
              "an operation of lanes 0xffffffff of a warp, of which 0xfff00000 will never come");
  run_fragments(fragments_, "Lb1ELb1E", 24);
  expect_told(Check::barrier, "of which 0xff000000 will never come (they have ended)");
}

TEST_F(PtxMma, TellsOfLanesAtAnotherOne) {
  const auto reports = [](const std::string& first, const std::string& second) {
    const std::string mma =
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, {%t2, %t2, %t2, %t2}, "
        "{%t2, %t2}, "
        "{0f00000000, 0f3F800000, 0f00000000, 0f00000000};";
    const Module module =
        module_of_body("mov.u32 %t2, 0; setp.lt.u32 %p0, %i, 16;" + first + mma + second + mma);
    const Buffer<U32> out(Results(32, 0));
    EXPECT_EQ(run(module.kernels.at("k"), one_warp, out.get()), Ended::well);
    return take_reports();
  };
  EXPECT_TRUE(reports("", "").empty());
  const auto apart = reports("@%p0 ", "@!%p0 ");
  ASSERT_EQ(apart.size(), 2u);
  for (const Report& each : apart) EXPECT_EQ(each.check, Check::barrier);
}

}  // namespace
}  // namespace duet::cuda_double
