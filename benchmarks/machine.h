// What this machine can do at once, whatever the program: the limits that measurements are held against.
#pragma once

#include <chrono>
#include <string_view>

namespace duet::machine {

// The widest instructions of this processor: "avx512", "avx2" or "baseline".
std::string_view widest();

// Floating-point operations a second of multiply-adds in registers, on so many threads at once, with the
// instructions named.
double multiply_add_rate(std::string_view instructions, int threads, std::chrono::milliseconds duration);

// Bytes a second, read and written, of a copy between buffers that no cache holds, on so many threads at
// once.
double copy_rate(int threads);

}  // namespace duet::machine
