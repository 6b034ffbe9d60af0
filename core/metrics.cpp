#include "core/metrics.h"

#include <algorithm>
#include <cmath>

namespace duet {

Metrics summarize(std::span<const Result> results) {
  Metrics sum;
  double seen = 0;
  for (const Result& r : results) {
    sum.loss += double{r.loss} * r.seen;
    sum.accuracy += r.correct;
    sum.loss_of_batches += double{r.loss};
    sum.accuracy_of_batches += static_cast<double>(r.correct) / r.seen;
    seen += r.seen;
  }
  if (results.empty()) return sum;
  const auto steps = static_cast<double>(results.size());
  return {sum.loss / seen, sum.accuracy / seen, sum.loss_of_batches / steps, sum.accuracy_of_batches / steps};
}

int first_not_finite(std::span<const Result> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!std::isfinite(results[i].loss)) return static_cast<int>(i);
  }
  return -1;
}

int first_maximum(std::span<const float> row) {
  return static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
}

}  // namespace duet
