// Compiled once for each instruction set, with DUET_KERNELS naming it (baseline, avx2, avx512) and the flags
// to match.
#include "cpu/kernels/kernels.h"

#include "cpu/kernels/adam.h"
#include "cpu/kernels/elementwise.h"
#include "cpu/kernels/gemm.h"
#include "cpu/kernels/nonzeros.h"
#include "cpu/kernels/sampled_gemm.h"
#include "cpu/kernels/softmax.h"
#include "cpu/kernels/sparse_gemm.h"
#include "cpu/kernels/transpose.h"

#define DUET_TEXT(x) #x
#define DUET_NAME(x) DUET_TEXT(x)
#define DUET_PASTE(x) x##_kernels
#define DUET_TABLE(x) DUET_PASTE(x)

namespace duet::cpu {

const Kernels DUET_TABLE(DUET_KERNELS) = {
    .name = DUET_NAME(DUET_KERNELS),
    .sparse_below = DUET_KERNELS::sparse_below,
    .sampled_below = DUET_KERNELS::sampled_below,
    .gemm = DUET_KERNELS::gemm,
    .sparse_gemm = DUET_KERNELS::sparse_gemm,
    .sampled_gemm = DUET_KERNELS::sampled_gemm,
    .list_nonzeros = DUET_KERNELS::list_nonzeros,
    .count_nonzeros = DUET_KERNELS::count_nonzeros,
    .divide_pixels = DUET_KERNELS::divide_pixels,
    .transpose = DUET_KERNELS::transpose,
    .mask_and_sum = DUET_KERNELS::mask_and_sum,
    .column_sums = DUET_KERNELS::column_sums,
    .adam = DUET_KERNELS::adam,
    .softmax_row = DUET_KERNELS::softmax_row,
    .scale_row = DUET_KERNELS::scale_row,
};

}  // namespace duet::cpu
