#include "tests/cuda_double/runtime/architecture.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/cuda_double/runtime/library.h"
#include "tests/cuda_double/runtime/settings.h"

namespace duet::cuda_double {
namespace {

constexpr std::size_t kib = 1 << 10, mib = 1 << 20;
constexpr Architecture known[] = {
    {75, 40, 1024, 16, 64 * kib, 64 * kib, 0, 4 * mib},              // T4
    {80, 108, 2048, 32, 164 * kib, 163 * kib, 1 * kib, 40 * mib},    // A100
    {86, 82, 1536, 16, 100 * kib, 99 * kib, 1 * kib, 6 * mib},       // GeForce RTX 3090
    {89, 128, 1536, 24, 100 * kib, 99 * kib, 1 * kib, 72 * mib},     // GeForce RTX 4090
    {90, 132, 2048, 32, 228 * kib, 227 * kib, 1 * kib, 50 * mib},    // H100
    {100, 148, 2048, 32, 228 * kib, 227 * kib, 1 * kib, 126 * mib},  // B200
    {120, 170, 1536, 24, 100 * kib, 99 * kib, 1 * kib, 96 * mib},    // GeForce RTX 5090
};

}  // namespace

const Architecture& architecture(int capability) {
  for (const Architecture& one : known) {
    if (one.capability == capability) return one;
  }
  throw std::invalid_argument(fmt::format("the double knows no device of architecture {}", capability));
}

const Architecture& architecture() { return architecture(settings().architecture); }

int multiprocessors() { return architecture().multiprocessors; }
int compute_capability() { return architecture().capability; }

}  // namespace duet::cuda_double
