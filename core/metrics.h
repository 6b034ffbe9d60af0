// Averages over the steps of an epoch, made on the host in double precision.
#pragma once

#include <span>

#include "core/ops.h"

namespace duet {

struct Metrics {
  double loss = 0, accuracy = 0;                        // over examples
  double loss_of_batches = 0, accuracy_of_batches = 0;  // mean of batch means, in which a short last batch
                                                        // counts in full: what the published tutorial prints
};

Metrics summarize(std::span<const Result> results);

// The first step whose loss is not finite, or -1.
int first_not_finite(std::span<const Result> results);

// The class that a row of logits or probabilities speaks for: the first maximum.
int first_maximum(std::span<const float> row);

}  // namespace duet
