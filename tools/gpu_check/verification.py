"""The stages that say whether it is right: build, tests, sanitizer, repeat."""
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import tempfile

from data import folder_of_data
from workplace import STAGE_SECONDS, CannotRun, Failed

TESTS = [  # the backend's, then those that hold the double of CUDA against NVIDIA's libraries
    "ops_test", "cuda_program_test", "tuning_test",
    "cudart_capture_test", "cudart_device_test", "cudart_errors_test", "cudart_graphs_test", "cudart_launches_test",
    "cudart_memory_test", "cudart_streams_test", "cudart_cub_test", "cudart_fat_binary_test",
    "algorithms_test", "misuse_test", "missing_test", "product_test", "refusals_test", "by_value_test",
    "memory_misuse_test", "softmax_test", "softmax_misuse_test",
]
SANITIZED = [  # small, since every access is looked at: all ops, and training with graphs in two streams
    ("ops_test", "-Ops.Linear:Ops.GradInput:Ops.GradWeight"),  # which have every size
    ("cuda_program_test", "CudaProgram.GraphsChangeNoBits"),
]
REPEATED_STEPS, RUNS = 100, 100
LIBRARY_MISSING = "error while loading shared libraries"  # says the loader: of a program for cuDNN, where there is none
FILLS_THE_MEMORY = ("cuda_program_test",)  # so that others beside it would fail
MOST_PROCESSES = 8  # of tests on the GPU at a time
SECONDS_OF_RUN = 15  # no run is begun with less time left


def build(workplace):
    if workplace.nvcc is None:
        raise CannotRun("no nvcc was found in PATH, in /usr/local/cuda or in --deps")
    if shutil.which("cmake", path=workplace.environment["PATH"]) is None:
        raise CannotRun("no cmake was found")
    configure = ["cmake", "-S", workplace.root, "-B", workplace.build, "-DCMAKE_BUILD_TYPE=Release",
                 f"-DCMAKE_CUDA_COMPILER={workplace.nvcc}"]
    if workplace.deps:
        configure += [f"-DCMAKE_PREFIX_PATH={workplace.deps / 'usr'}"]
    if not (workplace.build / "CMakeCache.txt").exists() and shutil.which("ninja", path=workplace.environment["PATH"]):
        configure += ["-G", "Ninja"]
    said = workplace.run_well(configure)
    workplace.run_well(["cmake", "--build", workplace.build, "--parallel", len(os.sched_getaffinity(0))])
    doctor = workplace.run_well([workplace.duet, "doctor", "--json"])
    left_out = re.findall(r"^-- (.* (?:off|left out).*)$", said, re.MULTILINE)
    return {"left_out": left_out, "doctor": json.loads(doctor)}


def tests(workplace):
    programs, failures, missing, unable = {}, [], [], []
    for name in TESTS:
        path = workplace.build / "tests" / name
        if not path.exists():
            missing.append(name)
            continue
        try:
            cases = verdicts_of(workplace, path)
        except Failed as reason:  # it did not even say which tests it has
            cases = {}
            (unable if LIBRARY_MISSING in str(reason) else failures).append(str(reason))
        programs[name] = {verdict: sum(v == verdict for v in cases.values()) for verdict in ("passed", "failed", "skipped")}
        failures += [f"{name}: {case}" for case, verdict in cases.items() if verdict == "failed"]
    data = {"programs": programs, "failures": failures, "not_built": missing, "unable": unable}
    if not programs:
        raise CannotRun("no test was built; they need GoogleTest")
    if failures:
        raise Failed(f"{len(failures)} failed: {'; '.join(failures[:3])}{' ...' * (len(failures) > 3)}", data)
    passed = sum(counts["passed"] for counts in programs.values())
    if passed == 0:
        raise Failed("no test ran", data)
    return data | {"why": "; ".join([f"{passed} tests passed", *unable])}


def verdicts_of(workplace, program):
    """Name of a test: passed, failed or skipped. Each runs in a process of its own: after some errors a GPU does nothing more for
    the process that made them. Most of a process's time is the driver's, so several run side by side."""
    cases, suite = [], ""
    for line in workplace.run_well([program, "--gtest_list_tests"], DUET_TEST_DEVICE="cuda").splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith(" "):
            cases.append(suite + name.strip())
        else:
            suite = name

    def verdict_of(case):
        try:
            done = workplace.run([program, f"--gtest_filter={case}"], seconds=120, DUET_TEST_DEVICE="cuda")
        except Failed as late:
            workplace.log.write(f"{late}\n")
            return "failed"
        return "failed" if done.returncode else "skipped" if "[  SKIPPED ]" in done.stdout else "passed"

    processes = 1 if program.name in FILLS_THE_MEMORY else min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    with concurrent.futures.ThreadPoolExecutor(processes) as side_by_side:
        return dict(zip(cases, side_by_side.map(verdict_of, cases)))


def sanitizer(workplace):
    """All tools side by side: each leaves the GPU idle most of the time, and racecheck of all ops takes 80 s even so."""
    beside_nvcc = workplace.nvcc.parent if workplace.nvcc else ""
    program = shutil.which("compute-sanitizer", path=f"{workplace.environment['PATH']}:{beside_nvcc}")
    if program is None:
        raise CannotRun("no compute-sanitizer was found, in PATH or beside nvcc")

    def run_of(tool, name, tests):
        command = [program, "--tool", tool, "--error-exitcode", 86, workplace.program(f"tests/{name}"), f"--gtest_filter={tests}"]
        try:
            done = workplace.run(command, DUET_TEST_DEVICE="cuda")
        except Failed as late:
            return {"tool": tool, "program": name, "status": None, "summary": str(late)}
        summary = re.findall(r"=+ ((?:ERROR|RACECHECK) SUMMARY: .*)", done.stdout)
        status = done.returncode if summary else None
        return {"tool": tool, "program": name, "status": status, "summary": summary[-1] if summary else "no summary"}

    wanted = [(tool, *test) for tool in ("memcheck", "racecheck", "synccheck") for test in SANITIZED]
    with concurrent.futures.ThreadPoolExecutor(len(wanted)) as side_by_side:
        runs = list(side_by_side.map(lambda run: run_of(*run), wanted))
    bad = [f"{run['tool']} of {run['program']}: {run['summary']}" for run in runs if run["status"] != 0]
    if bad:
        raise Failed("; ".join(bad), {"runs": runs})
    return {"runs": runs}


def repeat(workplace):
    """Processes that train alike: every one replays the graphs of the same steps from the same weights."""
    data = folder_of_data(workplace)
    batch = 128
    rows = REPEATED_STEPS * batch
    command = [workplace.program("duet"), "train", data, "--device", "cuda", "--batch", batch, "--epochs", 1, "--quiet",
               "--train", f"train[:{rows}]", "--validation", f"train[{rows}:{rows + 1}]", "--test", "test[:1]"]
    result = {"steps": REPEATED_STEPS, "precisions": {}}
    for precision, left_for_others in (("tf32", STAGE_SECONDS / 2), ("fp32", 0)):
        counts = {}  # of runs that gave the same model
        while sum(counts.values()) < RUNS and workplace.seconds_left() > left_for_others + SECONDS_OF_RUN:
            with tempfile.TemporaryDirectory() as folder:
                done = workplace.run([*command, "--precision", precision, "--out", f"{folder}/run"])
                if done.returncode == 4 and "has no TF32" in done.stdout:
                    break
                if done.returncode != 0:
                    raise Failed(f"status {done.returncode} of duet train: {done.stdout.strip()}", result)
                digest = digest_of_tensors(f"{folder}/run/model.safetensors")
            counts[digest] = counts.get(digest, 0) + 1
            result["precisions"][precision] = counts
        if len(counts) > 1:
            raise Failed(f"{sum(counts.values())} runs in {precision} gave {len(counts)} different models", result)
    runs = ", ".join(f"{sum(counts.values())} in {name}" for name, counts in result["precisions"].items())
    return result | {"why": f"runs with the same bits: {runs}"}


def digest_of_tensors(path):
    """Of what follows the header, which has the time in it."""
    with open(path, "rb") as file:
        header = int.from_bytes(file.read(8), "little")
        file.seek(8 + header)
        return hashlib.sha256(file.read()).hexdigest()
