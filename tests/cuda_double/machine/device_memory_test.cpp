// Device memory: out of the host's reach, exact to the byte, and no address twice.
#include "tests/cuda_double/machine/device_memory.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/cuda_double/machine/reports_taken.h"
#include "tests/cuda_double/machine/storage.h"
#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {
namespace {

constexpr std::size_t mib = 1 << 20;

DeviceMemory& memory() { return DeviceMemory::instance(); }

// An allocation that is given back where its test ends.
class Block {
 public:
  explicit Block(std::size_t bytes) : begin_(memory().allocate(bytes).value()) {}
  ~Block() { memory().free(begin_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  Address at(std::ptrdiff_t offset = 0) const { return begin_ + static_cast<Address>(offset); }

 private:
  Address begin_;
};

volatile const char* host_pointer(Address address) { return reinterpret_cast<volatile const char*>(address); }

bool is_segmentation_fault(int status) {
  const bool by_sanitizer = WIFEXITED(status) && WEXITSTATUS(status) != 0;  // whose handler comes after ours
  return by_sanitizer || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

TEST(DeviceMemory, HostCodeThatTouchesItDies) {
  const Block block(100);
  EXPECT_EXIT(static_cast<void>(*host_pointer(block.at(16))), is_segmentation_fault,
              "host code touched device memory at 0x[0-9a-f]*, 16 bytes into an allocation of 100 bytes\n");
  EXPECT_EXIT(std::memset(reinterpret_cast<void*>(block.at(100)), 0, 1), is_segmentation_fault,
              "0 bytes behind the end of an allocation of 100 bytes\n");
  const Address gone = memory().allocate(8).value();
  memory().free(gone);
  EXPECT_EXIT(static_cast<void>(*host_pointer(gone)), is_segmentation_fault,
              "0 bytes into an allocation of 8 bytes that was given back\n");
}

TEST(DeviceMemory, OtherSegmentationFaultsAreLeftAlone) {
  const Block block(100);
  const auto elsewhere = reinterpret_cast<Address>(reserve(page, "a test"));
  EXPECT_EXIT(static_cast<void>(*host_pointer(elsewhere)), is_segmentation_fault, "^($|[^d])");
}

TEST(DeviceMemory, EndsAtItsLastByte) {
  for (const std::ptrdiff_t bytes : {1, 3, 4, 255, 256, 4096 - 256, 4096, 100'000}) {
    const Block block(static_cast<std::size_t>(bytes));
    EXPECT_EQ(block.at() % 256, 0u);
    EXPECT_NE(block.at() % 512, 0u) << "more than was promised";
    EXPECT_NE(memory().locate(block.at(), static_cast<std::size_t>(bytes), "kernel"), nullptr);
    EXPECT_NE(memory().locate(block.at(bytes - 1), 1, "kernel"), nullptr);
    EXPECT_TRUE(memory().find(block.at(bytes - 1)));
    EXPECT_TRUE(take_reports().empty());
    for (const std::ptrdiff_t outside : {std::ptrdiff_t{-1}, bytes, bytes + 1, bytes + 4096}) {
      EXPECT_EQ(memory().locate(block.at(outside), 1), nullptr) << outside << " of " << bytes;
      EXPECT_FALSE(memory().find(block.at(outside)));
    }
    EXPECT_EQ(memory().locate(block.at(bytes - 1), 2), nullptr);
    EXPECT_EQ(memory().locate(block.at(-1), 2), nullptr);
    EXPECT_EQ(memory().locate(block.at(), ~std::size_t{0}), nullptr);
  }
  EXPECT_TRUE(take_reports().empty()) << "locate() without a name reports nothing";
}

TEST(DeviceMemory, SaysWhereAnAccessWouldHaveBeen) {
  const Block block(100);
  EXPECT_EQ(memory().locate(block.at(96), 16, "adam: block 3"), nullptr);
  EXPECT_EQ(reports_taken(), "bounds: adam: block 3: 16 bytes, 96 bytes into an allocation of 100 bytes");
  EXPECT_EQ(memory().locate(block.at(104), 4, "adam"), nullptr);
  EXPECT_EQ(reports_taken(), "bounds: adam: 4 bytes, 4 bytes behind the end of an allocation of 100 bytes");
  EXPECT_EQ(memory().locate(block.at(-8), 4, "adam"), nullptr);
  EXPECT_EQ(reports_taken(), "bounds: adam: 4 bytes, 8 bytes before an allocation of 100 bytes");
  int of_host = 0;
  EXPECT_EQ(memory().locate(reinterpret_cast<Address>(&of_host), 4, "adam"), nullptr);
  EXPECT_EQ(reports_taken(), "bounds: adam: 4 bytes, where no device memory is");
  EXPECT_FALSE(memory().owns(reinterpret_cast<Address>(&of_host)));
  EXPECT_TRUE(memory().owns(block.at(104)));
}

TEST(DeviceMemory, ThatWasGivenBackIsGone) {
  const Block other(64);
  const Address address = memory().allocate(64).value();
  ASSERT_NE(memory().locate(address, 64), nullptr);
  EXPECT_FALSE(memory().free(address + 4));
  EXPECT_TRUE(memory().free(address));
  EXPECT_FALSE(memory().free(address));
  EXPECT_EQ(memory().locate(address + 8, 4, "adam"), nullptr);
  EXPECT_EQ(reports_taken(),
            "bounds: adam: 4 bytes, 8 bytes into an allocation of 64 bytes that was given back");
  EXPECT_TRUE(memory().owns(address));
  EXPECT_NE(memory().locate(other.at(), 64), nullptr);
}

TEST(DeviceMemory, NoAddressComesTwice) {
  Address end = 0;
  for (std::size_t bytes = 1; bytes < 1000; bytes += 7) {
    const Block block(bytes);
    EXPECT_GT(block.at(), end + 4096) << "and what runs over does not meet another";
    end = block.at() + bytes;
  }
}

TEST(DeviceMemory, HasACapacity) {
  const std::size_t used = memory().in_use(), living = memory().living();
  ASSERT_EQ(memory().capacity(), 1024 * mib);
  {
    const Block half(512 * mib), quarter(256 * mib);
    EXPECT_EQ(memory().in_use(), used + 768 * mib);
    EXPECT_EQ(memory().living(), living + 2);
    EXPECT_FALSE(memory().allocate(256 * mib - used + 1));
    const Block rest(256 * mib - used);
    EXPECT_FALSE(memory().allocate(1));
  }
  EXPECT_EQ(memory().in_use(), used);
  EXPECT_EQ(memory().living(), living);
  EXPECT_TRUE(take_reports().empty()) << "no room is an answer";
}

TEST(DeviceMemory, CapacityIsTheEnvironments) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a new process, whose device is not there yet
  const auto capacity_with = [](const char* text) {
    setenv("DUET_DOUBLE_MEMORY", text, 1);
    try {
      std::_Exit(static_cast<int>(memory().capacity() / mib));
    } catch (const std::runtime_error& error) {
      std::fprintf(stderr, "%s", error.what());
      std::_Exit(200);
    }
  };
  EXPECT_EXIT(capacity_with("3"), testing::ExitedWithCode(3), "");
  EXPECT_EXIT(capacity_with("3G"), testing::ExitedWithCode(200),
              "DUET_DOUBLE_MEMORY='3G' is no number of MiB");
  EXPECT_EXIT(capacity_with("0"), testing::ExitedWithCode(200), "is no number of MiB up to 65536");
}

TEST(DeviceMemory, AddressesAreUsedUpSomeDay) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto use_up = [] {
    while (const std::optional<Address> address = memory().allocate(1000 * mib)) memory().free(*address);
    std::fprintf(stderr, "%s", reports_taken().c_str());
    std::_Exit(0);
  };
  EXPECT_EXIT(
      use_up(), testing::ExitedWithCode(0),
      "unsupported: an allocation of 1048576000 bytes: the 64 GiB of addresses, none of which is given "
      "out twice, are used up");
}

std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * page;
}

TEST(DeviceMemory, IsFullOfNaNsAndCostsNothingUntilWritten) {
  const std::size_t before = resident_bytes();
  const Block block(900 * mib);
  EXPECT_LT(resident_bytes(), before + 16 * mib);
  for (const std::size_t offset : {0 * mib, 4 * mib - 256, 4 * mib, 899 * mib, 900 * mib - 4}) {
    std::uint32_t word = 0;
    std::memcpy(&word, memory().locate(block.at(static_cast<std::ptrdiff_t>(offset)), 4), 4);
    EXPECT_EQ(word, 0xffffffff) << offset;
  }
}

TEST(DeviceMemory, GivesMemoryOfTheHostBack) {
  if (dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr)
    GTEST_SKIP() << "ThreadSanitizer keeps memory of its own";
  const Work work{1, "upload", nullptr};
  const Running running(work);
  const std::size_t before = resident_bytes();
  {
    const Block block(8 * mib);
    std::memset(memory().writable(block.at(), 8 * mib), 1, 8 * mib);
    EXPECT_GT(resident_bytes(), before + 40 * mib) << "and four times as much for what it has seen";
  }
  EXPECT_LT(resident_bytes(), before + 4 * mib);
}

TEST(DeviceMemory, KeepsWhatIsWritten) {
  const Block a(10 * mib), b(10 * mib);
  std::memset(memory().locate(a.at(), 10 * mib), 1, 10 * mib);
  std::memset(memory().locate(b.at(), 10 * mib), 2, 10 * mib);
  const std::byte* const of_a = memory().locate(a.at(), 10 * mib);
  EXPECT_EQ(of_a[0], std::byte{1});
  EXPECT_EQ(std::memcmp(of_a, of_a + 1, 10 * mib - 1), 0);
}

TEST(DeviceMemory, IsForManyThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) {
        const Block block(5000);
        std::byte* const bytes = memory().locate(block.at(), 5000);
        std::memset(bytes, i, 5000);
        ASSERT_EQ(memory().locate(block.at(4999), 1), bytes + 4999);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Storage, SaysWhatAProcessWithoutAddressesLacks) {
  try {
    reserve(std::size_t{1} << 48, "the device");  // half of that is all that a process can have
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the double of CUDA: no 262144 GiB of addresses (not memory) for the device; see "
                 "ulimit -v: Cannot allocate memory");
  }
}

}  // namespace
}  // namespace duet::cuda_double
