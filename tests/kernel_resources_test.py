"""Every CUDA kernel fits its registers on every architecture: nothing spills, nothing lies on a stack.

usage: kernel_resources_test.py NVCC ARCHITECTURES REPORTS [CLASS...]
ARCHITECTURES are those of cuda/CMakeLists.txt: 75,80,86-real. Where NVCC is no program all is skipped.
REPORTS is the folder where the build keeps what ptxas says of each file (cuda/kernels/keep_resource_report).
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import cli

NVCC = sys.argv[1]
ARCHITECTURES = re.findall(r"\d+", sys.argv.pop(2))
REPORTS = pathlib.Path(sys.argv.pop(2))
ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_REGISTERS = 64  # of a thread: 1024 threads, four blocks of ours, then fit on every multiprocessor
# Of kernels with few blocks, which keep what they work on in registers; then so many threads fit:
MORE_REGISTERS = {
    "head_block_per_rows": 255,  # 256: a step of the reference job has 32 blocks
    "tf32_linear_tile": 128,  # 512: it has 88
    "tf32_grad_input_tile": 168,  # 256: likewise
    "tf32_grad_weight_tile": 128,  # 512
}
MOST_SHARED = 48 * 1024  # bytes of a block, which need no asking

KERNEL = re.compile(
    r"Compiling entry function '(?P<name>\w+)' for 'sm_(?P<architecture>\d+)'\n.*\n"
    r"\s*(?P<stack>\d+) bytes stack frame, (?P<stored>\d+) bytes spill stores, (?P<loaded>\d+) bytes spill loads\n"
    r".*Used (?P<registers>\d+) registers(?:.*?(?P<shared>\d+) bytes smem)?"
)


def report_of(source, folder):
    """What ptxas says when it compiles a file for all architectures."""
    targets = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in ARCHITECTURES]
    command = [NVCC, "-std=c++20", *targets, "-Xptxas", "-v", "-fatbin", source, "-o", f"{folder}/kernels.fatbin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def complaints(report):
    """What is wrong with the kernels of a report, and how many kernels and architectures it tells of."""
    wrong, seen = [], 0
    for kernel in KERNEL.finditer(report):
        seen += 1
        count = {key: int(kernel[key] or 0) for key in ("stack", "stored", "loaded", "registers", "shared")}
        where = f"{kernel['name']} on sm_{kernel['architecture']}"
        if count["stack"] or count["stored"] or count["loaded"]:
            wrong.append(f"{where} keeps {count['stack']} bytes on a stack, spills {count['stored']}")
        ours = "3cub" not in kernel["name"]  # whose authors have set what theirs may need
        most = next((most for name, most in MORE_REGISTERS.items() if name in kernel["name"]), MOST_REGISTERS)
        if ours and count["registers"] > most:
            wrong.append(f"{where} needs {count['registers']} registers, {most} at most are allowed")
        if count["shared"] > MOST_SHARED:
            wrong.append(f"{where} needs {count['shared']} bytes of shared memory")
    return wrong, seen


class Kernels(unittest.TestCase):
    def setUp(self):
        if not shutil.which(NVCC):
            self.skipTest("no CUDA compiler was found")

    def test_fit_their_registers_on_every_architecture(self):
        sources = sorted((ROOT / "cuda/kernels").glob("*.cu"))
        self.assertTrue(sources)
        for source in sources:
            with self.subTest(source.name):
                wrong, seen = complaints((REPORTS / f"{source.name}.o.resources").read_text())
                self.assertEqual(wrong, [])
                kernels = len(re.findall(r"\b__global__\b", source.read_text()))
                self.assertGreaterEqual(seen, kernels * len(ARCHITECTURES))

    def test_of_which_one_does_not_are_noticed(self):
        planted = """
            __global__ void on_a_stack(const int* at, float* y) {
              float local[64];
              for (int i = 0; i < 64; ++i) local[at[i]] = y[i];
              y[0] = local[at[64]];
            }
            __global__ void too_many_registers(float* y) {
              float sum[200];
            #pragma unroll
              for (int i = 0; i < 200; ++i) sum[i] = y[i];
              __syncthreads();
            #pragma unroll
              for (int i = 0; i < 200; ++i) y[200 - i] = sum[i];
            }
        """
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "planted.cu"
            source.write_text(planted)
            wrong, seen = complaints(report_of(source, folder))
        self.assertEqual(seen, 2 * len(ARCHITECTURES))
        for kernel in ("on_a_stack", "too_many_registers"):
            found = [line for line in wrong if kernel in line]
            self.assertEqual(len(found), len(ARCHITECTURES), wrong)


if __name__ == "__main__":
    cli.main()
