"""The defects that cuda_mutation_test.py plants: in kernels, in how they start, in what is wired to products."""

import typing


class Defect(typing.NamedTuple):
    why: str  # it is one
    file: str
    old: str
    new: str
    test: tuple  # program, its tests, and what cuBLASLt lacks


def ops(tests, lacks=""):
    return "ops_test", f"Ops.{tests}", lacks


def program(tests, lacks=""):
    return "cuda_program_test", f"CudaProgram.{tests}", lacks


FOLLOWS = program("FollowsTheCpu")
PRODUCT = program("FollowsTheCpu", "none")
TUNING = "tuning_test", "TuningO*", ""
STEPS = program("EveryStepIsOfItsOwnBatch")
FORECAST = "cuda_program_test", "CudaCounters.ATrainingTakesTheMemoryThatItWasSaidToNeed", ""
FAULTS = "cuda_faults_test", "CudaFaults.*", ""
LOSS = ops("SoftmaxCrossEntropy")

KERNELS = [
    Defect(
        "a tile is overwritten while others read it",
        "cuda/kernels/product.cu",
        "b[k][x];\n    __syncthreads();",
        "b[k][x];",
        PRODUCT,
    ),
    Defect(
        "rows behind the last one are written",
        "cuda/kernels/product.cu",
        "if (row < to.rows && col < to.cols)",
        "if (col < to.cols)",
        PRODUCT,
    ),
    Defect(
        "halves of a sum are added before they are there",
        "cuda/kernels/sums_of_rows.cuh",
        "    __syncthreads();\n    if (t < half)",
        "    if (t < half)",
        LOSS,
    ),
    Defect(
        "a warp's part of a column sum is read before it is written",
        "cuda/kernels/sums_of_rows.cuh",
        "part[warp][lane] = mine;\n    __syncthreads();",
        "part[warp][lane] = mine;",
        LOSS,
    ),
    Defect(
        "a block is counted before others can see what it wrote",
        "cuda/kernels/last_block.cuh",
        "  __threadfence();  // what this thread wrote comes before the count below\n",
        "",
        LOSS,
    ),
    Defect(
        "the last block reads what it may have seen before the others wrote",
        "cuda/kernels/last_block.cuh",
        "  if (last) __threadfence();",
        "  ",
        LOSS,
    ),
    Defect(
        "blocks are counted on from step to step",
        "cuda/kernels/last_block.cuh",
        "atomicInc(arrived, blocks - 1)",
        "atomicInc(arrived, blocks)",
        FOLLOWS,
    ),
    Defect(
        "a lane writes its dz where another still reads the logit",
        "cuda/kernels/softmax_cross_entropy.cu",
        "  __syncwarp();",
        "  ",
        LOSS,
    ),
    Defect(
        "the gradient's mean is over a whole batch where the last one is short",
        "cuda/kernels/softmax_cross_entropy.cu",
        "1.0f / static_cast<float>(to.batch.rows), scale",
        "1.0f / static_cast<float>(to.batch.stride), scale",
        LOSS,
    ),
    Defect(
        "rows that are not there are read",
        "cuda/kernels/softmax_cross_entropy.cu",
        "if (row < to.batch.rows) row_by_warp",
        "if (row <= to.batch.rows) row_by_warp",
        LOSS,
    ),
    Defect(
        "one float4 too many is updated",
        "cuda/kernels/adam.cu",
        "if (i >= to.size / 4) return;",
        "if (i > to.size / 4) return;",
        ops("Adam"),
    ),
    Defect(
        "a stopped training updates",
        "cuda/kernels/adam.cu",
        "  if (to.stopped != nullptr && *to.stopped != 0) return;\n",
        "",
        ops("Adam"),
    ),
    Defect(
        "one mean of four decays as the squares do",
        "cuda/kernels/adam.cu",
        "moment(s.beta1, new_m.z",
        "moment(s.beta2, new_m.z",
        ops("Adam"),
    ),
    Defect(
        "examples beyond the order are gathered",
        "cuda/kernels/gather.cu",
        "  if (place >= to.batch.order_size) return;\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "no block makes the constants of the update",
        "cuda/kernels/tick.cuh",
        "blockIdx.x == gridDim.x - 1",
        "blockIdx.x == gridDim.x",
        FOLLOWS,
    ),
    Defect(
        "the block that makes the constants of the update is one of those that the rows need",
        "cuda/kernels/tick.cuh",
        "return tick.adam != nullptr ? 1 : 0;",
        "return tick.adam != nullptr ? 0 : 1;",
        FOLLOWS,
    ),
    Defect(
        "the gradient passes a unit that ReLU has silenced",
        "cuda/kernels/head.cu",
        "!(to.x[row * to.ld_x + first + j] > 0)",
        "!(to.x[row * to.ld_x + first + j] >= 0)",
        ops("Head"),
    ),
    Defect(
        "parts of a column sum are overwritten while the first warp reads them",
        "cuda/kernels/sums_of_rows.cuh",
        "sum[column] = all;\n    }\n    __syncthreads();",
        "sum[column] = all;\n    }",
        LOSS,
    ),
    Defect(
        "the step's clock moves on by two",
        "cuda/kernels/sums_of_rows.cuh",
        "*to.tick.next = step + 1",
        "*to.tick.next = step + 2",
        FOLLOWS,
    ),
    Defect(
        "training goes on when the loss is infinite",
        "cuda/kernels/sums_of_rows.cuh",
        "to.stopped != nullptr && !isfinite(mean)",
        "to.stopped != nullptr && mean != mean",
        program("LossThatIsNotFiniteStopsTheUpdates"),
    ),
    Defect(
        "a block is counted while some of its threads still write",
        "cuda/kernels/last_block.cuh",
        "count below\n  __syncthreads();",
        "count below",
        LOSS,
    ),
    Defect(
        "exponentials overflow",
        "cuda/kernels/row_softmax.cuh",
        "expf(logit(c) - best.value)",
        "expf(logit(c))",
        STEPS,
    ),
    Defect(
        "of equal logits the last one is predicted",
        "cuda/kernels/warp.cuh",
        "b.index < a.index",
        "b.index > a.index",
        ops("Confusion"),
    ),
]

HOST = [
    Defect(
        "a lane does not wait for the other",
        "cuda/capture.cpp",
        "    for (const int earlier : placed[i].waits_for) wait(lane.stream, done[earlier]);\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "a piece is said to be done before it starts",
        "cuda/capture.cpp",
        "    step[i % step.size()].start(lane);\n    if (placed[i].awaited) done[i] = record(lane.stream);",
        "    if (placed[i].awaited) done[i] = record(lane.stream);\n    step[i % step.size()].start(lane);",
        FOLLOWS,
    ),
    Defect(
        "no event is recorded behind a piece that the other lane waits for",
        "cuda/capture.cpp",
        "    if (placed[i].awaited) done[i] = record(lane.stream);\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "the second lane is not joined at the end",
        "cuda/capture.cpp",
        "  wait(lanes[0].stream, record(lanes[1].stream));\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "the second lane does not begin where the first one does",
        "cuda/capture.cpp",
        "  wait(lanes[1].stream, record(lanes[0].stream));\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "the first piece conflicts with nothing",
        "cuda/schedule.cpp",
        "for (int j = i - 1; j >= 0; --j)",
        "for (int j = i - 1; j > 0; --j)",
        FOLLOWS,
    ),
    Defect(
        "a lane waits for the other one once and never again",
        "cuda/schedule.cpp",
        "j <= seen[piece.lane]",
        "seen[piece.lane] >= 0",
        FOLLOWS,
    ),
    Defect(
        "an op does not know that it reads the gathered batch",
        "cuda/plan.cpp",
        "  own_.push_back(access(found->second, false));\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "a tick does not know that it moves the clock",
        "cuda/plan.cpp",
        "  touch(clock, sizeof *clock, true);\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "batches are gathered before the first step alone",
        "cuda/plan.cpp",
        "  step.insert(step.end(), before_first_step.begin(), before_first_step.end());\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "rows of bits are taken to be further apart than they are",
        "cuda/grad_input.cpp",
        "fused.mask_ld = mask->ld;",
        "fused.mask_ld = mask->ld + 128;",
        FOLLOWS,
    ),
    Defect(
        "the sums of a gradient go nowhere",
        "cuda/grad_input.cpp",
        "    fused.bias = unwrap(op.db_below.data);\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "a gradient is multiplied by weights that are not transposed",
        "cuda/grad_input.cpp",
        "op.w.stored, true}",
        "op.w.stored}",
        ops("GradInput"),
    ),
    Defect(
        "the kernel masks by the gradient's row distance",
        "cuda/grad_input.cpp",
        ".ld_y = op.y_below.ld",
        ".ld_y = op.y_below.cols",
        program("FollowsTheCpu", "none"),
    ),
    Defect(
        "x is not transposed",
        "cuda/grad_weight.cpp",
        "x.ld, true}",
        "x.ld}",
        ops("GradWeight"),
    ),
    Defect(
        "an epilogue has no bias",
        "cuda/linear.cpp",
        "    fused.bias = bias;\n    fused.mask",
        "    fused.mask",
        FOLLOWS,
    ),
    Defect(
        "a layer without ReLU has it",
        "cuda/linear.cpp",
        "relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS",
        "relu ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_RELU_BIAS",
        ops("LinearOfEveryKind"),
    ),
    Defect(
        "more columns than there are with their padding are multiplied",
        "cuda/linear.cpp",
        "  Product fused = forward(op, x, padded<float>(op.w.cols));",
        "  Product fused = forward(op, x, padded<float>(op.w.cols + 16));",
        ops("LinearOfEveryKind"),
    ),
    Defect(
        "padding of x is multiplied by rows of w that are not there",
        "cuda/linear.cpp",
        ".b = {unwrap(x.data), x.cols, x.rows, x.ld}",
        ".b = {unwrap(x.data), padded<float>(x.cols), x.rows, x.ld}",
        ops("LinearOfEveryKind"),
    ),
    Defect(
        "products of both lanes work in one workspace",
        "cuda/lanes.cpp",
        "workspaces_[lane].get()",
        "workspaces_[0].get()",
        FOLLOWS,
    ),
    Defect(
        "an algorithm gets none of the workspace that it asked for",
        "cuda/matmul.cpp",
        "algorithms.push_back({one.algo, one.workspaceSize});",
        "algorithms.push_back({one.algo, 0});",
        FOLLOWS,
    ),
    Defect(
        "an algorithm that the library refuses is taken",
        "cuda/matmul.cpp",
        "  if (status != CUBLAS_STATUS_SUCCESS || checked.state != CUBLAS_STATUS_SUCCESS) return false;\n",
        "  static_cast<void>(status);\n",
        TUNING,
    ),
    Defect(
        "an algorithm is left for one that is hardly faster",
        "cuda/tuning.cpp",
        "(1 - least_gain) * rule.us",
        "rule.us",
        TUNING,
    ),
    Defect(
        "a candidate that does not start ends all",
        "cuda/tuning.cpp",
        "    return false;\n",
        "    throw;\n",
        TUNING,
    ),
    Defect(
        "what was measured is not what is used",
        "cuda/tuning.cpp",
        "  product.take(chosen.algorithm);\n",
        "",
        TUNING,
    ),
    Defect(
        "more alignment is promised than there is",
        "cuda/matmul.cpp",
        "std::uint32_t{64}",
        "std::uint32_t{512}",
        FOLLOWS,
    ),
    Defect(
        "parts of a sum are added in any order",
        "cuda/matmul.cpp",
        "  for (const auto alignment :",
        "  set(wish.get(), CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,\n"
        "      std::uint32_t{CUBLASLT_REDUCTION_SCHEME_MASK});\n  for (const auto alignment :",
        program("EveryRunHasTheSameBits"),
    ),
    Defect(
        "probabilities come back as if nothing were between the rows",
        "cuda/cudnn.cpp",
        "rows.logits, pitch, packed_probabilities",
        "rows.logits, row, packed_probabilities",
        ops("Softmax"),
    ),
    Defect(
        "a run begins where the one before it ended",
        "cuda/program.cpp",
        "  set_clock(main.stream, plan_.clock, first);\n",
        "  static_cast<void>(first);\n",
        FOLLOWS,
    ),
    Defect(
        "the first step of a run works on the batch that was gathered last",
        "cuda/program.cpp",
        "  for (const PlannedPiece& piece : plan_.before_first_step) piece.start(main);\n",
        "",
        FOLLOWS,
    ),
    Defect(
        "an op behind the tick works on the step after its own",
        "cuda/plan.cpp",
        "return {clock, ticked_};",
        "return {clock, false};",
        STEPS,
    ),
    Defect(
        "a step without a loss or an update never ticks",
        "cuda/plan.cpp",
        "  if (!ticked_) add_tick();\n  step.insert",
        "  step.insert",
        STEPS,
    ),
    Defect(
        "a gradient is masked by the bits of another layer",
        "cuda/plan.cpp",
        "masks_.find(y.data.address())",
        "masks_.begin()",
        FOLLOWS,
    ),
    Defect(
        "what a program keeps is counted by half",
        "cuda/plan.cpp",
        "  kept_bytes_ += bytes;",
        "  kept_bytes_ += bytes / 2;",
        FORECAST,
    ),
    Defect(
        "a plan that is to count takes memory",
        "cuda/plan.cpp",
        "  if (memory_mode_ == Memory::allocated) {\n",
        "  {\n",
        FORECAST,
    ),
    Defect(
        "a capture that failed leaves its graph behind",
        "cuda/capture.cpp",
        "    const Graph owner(unfinished);\n",
        "",
        FAULTS,
    ),
    Defect(
        "a look does not wait for its bytes",
        "cuda/peek.cpp",
        "    if (status == cudaErrorNotReady) return ignore(status);\n",
        "    if (status == cudaErrorNotReady) ignore(status); else\n",
        program("PeekBringsWhatIsThereWithoutWaiting"),
    ),
    Defect(
        "memory that is given out is not cleared",
        "cuda/memory.cpp",
        "  if (bytes > 0) check(cudaMemsetAsync(memory.get(), 0, bytes, stream), \"clearing memory\");\n",
        "  static_cast<void>(stream);\n",
        FOLLOWS,
    ),
    Defect(
        "cuDNN runs in no order with the step",
        "cuda/cudnn.cpp",
        "    check(set_stream_(handle_, stream), \"choosing a stream\");\n",
        "",
        ops("Softmax"),
    ),
]

DEFECTS = KERNELS + HOST
