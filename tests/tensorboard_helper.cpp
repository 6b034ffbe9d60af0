// What a training of three steps, 10 ms each, and one epoch would give TensorBoard: FOLDER, and a PNG on
// standard input.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include "core/data/file.h"
#include "core/error.h"
#include "tools/tensorboard.h"

int main(int, char** arguments) {
  try {
    const duet::Bytes png = duet::read_stream(STDIN_FILENO, std::size_t{1} << 30, "standard input");
    duet::TensorBoard board(arguments[1], 0);
    const duet::Result results[] = {{0.1f, 3, 4}, {-1e30f, 0, 4}, {NAN, 1, 3}};
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    board.steps(results);
    duet::EpochReport report;
    report.train = {.loss = 0.5, .accuracy = 0.25};
    report.learning_rate = 1e-3;
    report.examples_per_second = 5e6;
    board.epoch(report);
    board.picture("a/picture", png.span());
  } catch (const duet::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
