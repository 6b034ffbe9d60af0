// From pieces to a graph: they are captured in two streams, as schedule() puts them.
#pragma once

#include <span>

#include "cuda/handle.h"
#include "cuda/lanes.h"
#include "cuda/plan.h"

namespace duet::cuda {

// So many steps in a row.
GraphExec capture(std::span<const PlannedPiece> step, int steps, const Lanes& lanes);
void launch(const GraphExec& graph, const Lane& lane);

}  // namespace duet::cuda
