#include "cuda/tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "cuda/capture.h"

namespace duet::cuda {
namespace {

constexpr int most_candidates = 32;
constexpr int products_in_a_graph = 20;
constexpr int rounds = 9;
constexpr double least_gain = 0.03;  // of the rule's time: less may be nothing but noise

struct Candidate {
  Algorithm algorithm;
  GraphExec graph;  // of the product, over and over
  std::array<Event, rounds> begin, end;
  double us = 0;  // a product; the median
};

bool starts(const Matmul& product, const Lane& lane) {
  try {
    product.start(lane);
    return true;
  } catch (const Error&) {
    cudaGetLastError();  // a kernel's, which the library may have left for the next call to report
    return false;
  }
}

// The rule's first; candidates that do not start are left out.
std::vector<Algorithm> usable(Matmul& product, const Lane& lane) {
  const Algorithm rule = product.algorithm();
  std::vector<Algorithm> algorithms = {rule};
  for (const Algorithm& algorithm : product.proposed(most_candidates)) {
    if (std::memcmp(&algorithm.choice, &rule.choice, sizeof rule.choice) == 0) continue;
    product.take(algorithm);
    if (starts(product, lane)) algorithms.push_back(algorithm);
  }
  return algorithms;
}

// With what is on the device now, one after the other, as products of a step stand in its longest row.
Candidate prepare(Matmul& product, const Algorithm& algorithm, const Lanes& lanes) {
  product.take(algorithm);
  const Product& to = product.product();
  const auto begin = reinterpret_cast<std::uintptr_t>(to.d);
  const Access written{begin, begin + static_cast<std::size_t>(to.n()) * to.ld_d * sizeof(float), true};
  const PlannedPiece piece{{written}, [&](const Lane& lane) { product.start(lane); }};
  Candidate candidate;
  candidate.algorithm = algorithm;
  candidate.graph = capture({&piece, 1}, products_in_a_graph, lanes);
  for (Event& event : candidate.begin) event = new_timer();
  for (Event& event : candidate.end) event = new_timer();
  return candidate;
}

double median(const Candidate& candidate) {
  std::array<float, rounds> milliseconds;
  for (int i = 0; i < rounds; ++i) {
    check(cudaEventElapsedTime(&milliseconds[i], candidate.begin[i].get(), candidate.end[i].get()),
          "reading the device's clock");
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  // To the nanosecond, which is more than events tell: they are some half a microsecond apart.
  return std::round(1e6 * double{milliseconds[rounds / 2]} / products_in_a_graph) / 1e3;
}

// In turn, so that a device whose speed changes on the way is as fast or slow for all of them; after a round
// that warms it up and is not counted.
void measure(std::vector<Candidate>& candidates, const Lane& lane) {
  for (const Candidate& candidate : candidates) launch(candidate.graph, lane);
  for (int i = 0; i < rounds; ++i) {
    for (const Candidate& candidate : candidates) {
      check(cudaEventRecord(candidate.begin[i].get(), lane.stream), "recording an event");
      launch(candidate.graph, lane);
      check(cudaEventRecord(candidate.end[i].get(), lane.stream), "recording an event");
    }
  }
  check(cudaStreamSynchronize(lane.stream), "waiting for the device");
  for (Candidate& candidate : candidates) candidate.us = median(candidate);
}

const Candidate& choose(const std::vector<Candidate>& candidates) {
  const auto faster = [](const Candidate& a, const Candidate& b) { return a.us < b.us; };
  const Candidate& rule = candidates.front();
  const Candidate& fastest = *std::min_element(candidates.begin(), candidates.end(), faster);
  return fastest.us < (1 - least_gain) * rule.us ? fastest : rule;
}

TunedProduct measure(Matmul& product, const std::string& call, const Lanes& lanes) {
  std::vector<Candidate> candidates;
  for (const Algorithm& algorithm : usable(product, lanes[0])) {
    candidates.push_back(prepare(product, algorithm, lanes));
  }
  measure(candidates, lanes[0]);
  const Candidate& chosen = choose(candidates);
  product.take(chosen.algorithm);
  return {.call = call,
          .chosen = to_keep(chosen.algorithm),
          .candidates = static_cast<int>(candidates.size()),
          .rule_us = candidates.front().us,
          .chosen_us = chosen.us};
}

}  // namespace

void tune(Matmul& product, const std::string& call, const Device& device) {
  const Tuning& tuning = device.tuning();
  if (!tuning.find) return;
  const cublasLtEpilogue_t epilogue = product.product().epilogue;
  const std::string full_call = epilogue == CUBLASLT_EPILOGUE_DEFAULT
                                    ? call
                                    : fmt::format("{}, epilogue {}", call, static_cast<int>(epilogue));
  const std::string key = product.key();
  if (const std::optional<TunedAlgorithm> known = tuning.find(device.tuned_as(), key)) {
    if (!product.take(*known) && tuning.refused) tuning.refused(full_call);
  } else if (tuning.keep) {
    tuning.keep(device.tuned_as(), key, measure(product, full_call, device.lanes()));
  }
}

}  // namespace duet::cuda
