"""tools/gpu-check on the double of CUDA: what it leaves on disk, what it says, how it ends.

usage: gpu_check_test.py BUILD_FOLDER FOLDER_OF_THE_DOUBLE [CLASS]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

BUILD, DOUBLE = sys.argv[1:3]
ROOT = pathlib.Path(__file__).resolve().parents[1]
GPU_CHECK = ROOT / "tools/gpu-check"
sys.path.insert(0, str(ROOT / "tools/gpu_check"))
import workplace

# A program that trains: its model is the same but for every so many runs. With the header that every safetensors file has.
FAKE_DUET = r"""#!/bin/bash
set -e
if [[ $1 == data ]]; then
  echo '{"datasets": [{"name": "mnist", "found": true, "folder": "/nowhere"}]}'
  exit
fi
while [[ $1 != --out ]]; do shift; done
mkdir -p "$2"
echo run >> "$(dirname "$0")/runs"
runs=$(wc -l < "$(dirname "$0")/runs")
printf '\2\0\0\0\0\0\0\0{}%d' $((runs % EVERY == 0)) > "$2/model.safetensors"
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class GpuCheck(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.planted = self.folder / "build"
        self.out = self.folder / "out"

    def check(self, *stages, build=None, code=0, libraries=DOUBLE, **variables):
        done = subprocess.run(
            [GPU_CHECK, "--out", self.out, "--build", build or self.planted, *stages],
            env={**os.environ, "LD_LIBRARY_PATH": libraries, **variables},
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.talk = done.stderr
        if code in (0, 1):
            self.stages = json.loads((self.out / "report.json").read_text())["stages"]
            self.markdown = (self.out / "report.md").read_text()

    def test_no_gpu_is_one_sentence_and_exit_code_4(self):
        try:
            real_driver = subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode == 0
        except FileNotFoundError:
            real_driver = False
        if real_driver:
            self.skipTest("there is a GPU")
        self.check("tests", libraries="", code=4)
        self.assertRegex(self.talk, r"\Atools/gpu-check: .*(no NVIDIA driver|no GPU).*\n\Z")
        self.assertFalse(self.out.exists())

    def test_runs_the_real_tests_on_the_device(self):
        self.check("tests", build=BUILD, GTEST_FILTER="CudaProgram.LossThat*:SoftmaxMisuse.IsFound*")
        self.assertEqual(self.stages["tests"]["status"], "passed")
        self.assertEqual(self.stages["tests"]["programs"]["cuda_program_test"]["passed"], 1)
        self.assertEqual(self.stages["tests"], json.loads((self.out / "tests.json").read_text()))
        self.assertIn("| tests | passed |", self.markdown)
        self.assertIn("CudaProgram.LossThatIsNotFinite", (self.out / "tests.log").read_text())

    def test_a_failing_stage_is_reported_and_the_others_run(self):
        program(self.planted / "tests/ops_test", "#!/bin/sh\necho broken\nexit 3\n")
        program(self.planted / "benchmarks/gpu_limits", "#!/bin/sh\necho '{\"node_us\": 1.875}'\n")
        self.check("tests", "repeat", "limits", code=1)
        self.assertEqual(self.stages["tests"]["status"], "FAILED")
        self.assertEqual(self.stages["tests"]["failures"], ["status 3 of ops_test: broken"])
        self.assertEqual(self.stages["repeat"]["status"], "cannot run")
        self.assertRegex(self.stages["repeat"]["why"], "^duet was not built")
        self.assertEqual(self.stages["limits"]["status"], "passed")
        self.assertIn("- status 3 of ops_test: broken", self.markdown)
        self.assertIn("| 1.2 | 1.875 |", self.markdown)

    def test_a_program_whose_library_is_missing_has_not_failed(self):
        lacks = "error while loading shared libraries: libcudnn.so.9: cannot open shared object file"
        program(self.planted / "tests/softmax_test", f"#!/bin/sh\necho 'softmax_test: {lacks}' >&2\nexit 127\n")
        self.check("tests", code=1)
        self.assertEqual(self.stages["tests"]["why"], "no test ran")
        program(self.planted / "tests/ops_test", "#!/bin/sh\nprintf 'Ops.\\n  Linear\\n'\n")
        self.check("tests")
        self.assertEqual(
            self.stages["tests"]["why"], f"1 tests passed; status 127 of softmax_test: softmax_test: {lacks}"
        )

    def test_a_program_that_does_not_end_is_ended_with_what_it_started(self):
        program(self.planted / "slow", f"#!/bin/sh\n(sleep 3; touch {self.folder}/outlived) &\nsleep 60\n")
        place = workplace.Workplace(self.folder, self.out, self.planted, None)
        with open(self.folder / "log", "w") as log:
            place.begin(log)
            with self.assertRaisesRegex(workplace.Failed, "^slow was ended after 1 s$"):
                place.run([self.planted / "slow"], seconds=1)
        time.sleep(3)
        self.assertFalse((self.folder / "outlived").exists())

    def test_stages_called_one_by_one_make_one_report(self):
        program(self.planted / "benchmarks/gpu_limits", "#!/bin/sh\necho '{\"node_us\": 1.875}'\n")
        self.check("limits")
        self.check("repeat")
        self.assertEqual(list(self.stages), ["repeat", "limits"])
        self.assertIn("1.875", self.markdown)

    def test_a_test_program_that_runs_nothing_has_not_passed(self):
        self.check("tests", build=BUILD, code=1, GTEST_FILTER="Nothing.IsCalledSo")
        self.assertEqual(self.stages["tests"]["why"], "no test ran")

    def test_one_run_with_other_bits_is_seen(self):
        program(self.planted / "duet", FAKE_DUET.replace("EVERY", "150"))
        self.check("repeat", code=1)
        self.assertEqual(self.stages["repeat"]["why"], "100 runs in fp32 gave 2 different models")

    def test_a_hundred_runs_with_the_same_bits_pass(self):
        program(self.planted / "duet", FAKE_DUET.replace("EVERY", "1000"))
        self.check("repeat")
        self.assertEqual(self.stages["repeat"]["why"], "runs with the same bits: 100 in tf32, 100 in fp32")

    def test_what_the_sanitizer_finds_is_a_failure(self):
        for name in ("ops_test", "cuda_program_test"):
            program(self.planted / "tests" / name, "#!/bin/sh\n")
        program(
            self.folder / "bin/compute-sanitizer",
            '#!/bin/sh\necho "========= ERROR SUMMARY: 2 errors"\n[ "$2" != racecheck ] || exit 86\n',
        )
        self.check("sanitizer", code=1, PATH=f"{self.folder / 'bin'}:{os.environ['PATH']}")
        self.assertEqual(
            self.stages["sanitizer"]["why"],
            "racecheck of ops_test: ERROR SUMMARY: 2 errors; racecheck of cuda_program_test: ERROR SUMMARY: 2 errors",
        )

    def test_builds_without_a_gpu_from_the_folder_given_and_says_what_was_left_out(self):
        program(self.planted / "duet", "#!/bin/sh\necho '{\"devices\": []}'\n")
        program(self.folder / "bin/nvcc", "#!/bin/sh\n")
        program(self.folder / "deps/usr/bin/cmake", '#!/bin/sh\necho "$@" "$CPLUS_INCLUDE_PATH"\necho "-- The tests in C++ are off: no GoogleTest"\n')
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        self.check("--deps", self.folder / "deps", "build", libraries="", PATH=path)
        self.assertEqual(self.stages["build"]["left_out"], ["The tests in C++ are off: no GoogleTest"])
        log = (self.out / "build.log").read_text()
        self.assertIn(f"-DCMAKE_PREFIX_PATH={self.folder / 'deps/usr'}", log)
        self.assertIn(f"-DCMAKE_CUDA_COMPILER={self.folder / 'bin/nvcc'}", log)
        self.assertIn(f"--build {self.planted} --parallel", log)
        self.assertIn(f" {self.folder / 'deps/usr/include/x86_64-linux-gnu'}\n", log)

    def test_a_stage_that_nobody_knows_is_a_usage_error(self):
        self.check("speed", code=2)
        self.assertIn("no stage 'speed'", self.talk)


if __name__ == "__main__":
    result = unittest.main(argv=[sys.argv[0], *sys.argv[3:]], exit=False, verbosity=2).result
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
