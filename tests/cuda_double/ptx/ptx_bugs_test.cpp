// Every defect of bugs.cu is found, in every order, and nothing is said of the kernel without it.
#include <functional>

#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

struct Memory {
  Buffer<float> in{std::vector<float>(256, 0.5f)}, out{std::vector<float>(256, 0.f)}, scratch{256};
  Buffer<unsigned> arrived{std::vector<unsigned>{0}};
};

struct Bug {
  const char* name;
  Check check;
  Shape shape;
  std::function<Ended(const Kernel&, const Shape&, const Memory&)> start;
  Ended how = Ended::well;
};

Ended start_in_out(const Kernel& kernel, const Shape& shape, const Memory& memory) {
  return run(kernel, shape, memory.in.get(), memory.out.get());
}
Ended start_out(const Kernel& kernel, const Shape& shape, const Memory& memory) {
  return run(kernel, shape, memory.out.get());
}
Ended start_counted(const Kernel& kernel, const Shape& shape, const Memory& memory) {
  return run(kernel, shape, memory.in.get(), memory.out.get(), 20);
}

const Bug bugs[] = {
    {"barrier_between", Check::race, {.threads = {256, 1, 1}}, start_in_out},
    {"barrier_of_a_loop", Check::race, {.threads = {64, 1, 1}}, start_in_out},
    {"barrier_of_a_warp", Check::race, {.threads = {32, 1, 1}}, start_in_out},
    {"shuffle_for_a_barrier", Check::race, {.threads = {32, 1, 1}}, start_in_out},
    {"shared_bounds", Check::bounds, {.threads = {64, 1, 1}}, start_in_out, Ended::illegal_address},
    {"global_bounds",
     Check::bounds,
     {.blocks = {5, 1, 1}, .threads = {64, 1, 1}},
     [](const Kernel& kernel, const Shape& shape, const Memory& memory) {
       return run(kernel, shape, memory.in.get(), memory.out.get(), 256);
     },
     Ended::illegal_address},
    {"dynamic_bounds",
     Check::bounds,
     {.threads = {64, 1, 1}, .dynamic_shared = 256},
     start_out,
     Ended::illegal_address},
    {"unwritten_shared", Check::uninitialised, {.threads = {64, 1, 1}}, start_out},
    {"unwritten_global",
     Check::uninitialised,
     {.threads = {64, 1, 1}},
     [](const Kernel& kernel, const Shape& shape, const Memory& memory) {
       return run(kernel, shape, memory.scratch.get(), memory.out.get());
     }},
    {"barrier_for_some", Check::barrier, {.threads = {64, 1, 1}}, start_out},
    {"shuffle_of_the_gone", Check::barrier, {.threads = {32, 1, 1}}, start_counted},
    {"shuffle_in_a_branch", Check::barrier, {.threads = {32, 1, 1}}, start_in_out},
    {"sum_of_blocks", Check::race, {.blocks = {4, 1, 1}}, start_in_out},
    {"four_at_once", Check::misaligned, {}, start_in_out, Ended::misaligned_address},
    {"last_block",
     Check::race,
     {.blocks = {6, 1, 1}},
     [](const Kernel& kernel, const Shape& shape, const Memory& memory) {
       return run(kernel, shape, memory.in.get(), memory.scratch.get(), memory.arrived.get(),
                  memory.out.get());
     }},
};

class PtxBugs : public testing::TestWithParam<Schedule> {
 protected:
  const Module module_ = module_of_file("bugs.75.ptx");
  std::vector<Report> reports_of(const Bug& bug, bool right, Ended how) const {
    Shape shape = bug.shape;
    shape.schedule = GetParam();
    const Memory memory;
    const Kernel& kernel = kernel_of(module_, std::string(bug.name) + "ILb" + (right ? "1" : "0"));
    EXPECT_EQ(bug.start(kernel, shape, memory), how) << bug.name;
    return take_reports();
  }
};

TEST_P(PtxBugs, AreFound) {
  for (const Bug& bug : bugs) {
    const std::vector<Report> reports = reports_of(bug, false, bug.how);
    bool found = false;
    for (const Report& report : reports) {
      found |= report.check == bug.check;
      // Who reads too early may find what nobody has written yet.
      const bool follows = bug.check == Check::race && report.check == Check::uninitialised;
      EXPECT_TRUE(report.check == bug.check || follows)
          << bug.name << ": " << name_of(report.check) << ": " << report.text;
      const bool says_where = report.text.find("bugs.cu:") != report.text.npos;
      EXPECT_TRUE(says_where || report.text.ends_with("which are not listed")) << report.text;
    }
    EXPECT_TRUE(found) << bug.name;
  }
}

TEST_P(PtxBugs, AreNotInventedWhereThereIsNone) {
  for (const Bug& bug : bugs) {
    for (const Report& report : reports_of(bug, true, Ended::well)) {
      ADD_FAILURE() << bug.name << ": " << name_of(report.check) << ": " << report.text;
    }
  }
}

TEST_P(PtxBugs, MemoryOfTheHost) {
  std::vector<float> host(32);
  const Buffer<float> out(32);
  EXPECT_EQ(run(kernel_of(module_, "copied"), {.threads = {32, 1, 1}, .schedule = GetParam()}, host.data(),
                out.get()),
            Ended::illegal_address);
  const auto reports = take_reports();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].check, Check::bounds);
}

INSTANTIATE_TEST_SUITE_P(Orders, PtxBugs,
                         testing::Values(Schedule{Schedule::ascending}, Schedule{Schedule::descending},
                                         Schedule{Schedule::random, 3}));

}  // namespace
}  // namespace duet::cuda_double
