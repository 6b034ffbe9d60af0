"""Runs Duet and the programs of the peers, and measures them; for `run` on a CPU, for tools/gpu-check on a GPU."""
import json
import os
import subprocess
import tempfile
import time

import tables


class ProgramFailed(Exception):
    """What it said, and how it ended."""

    def __init__(self, said, ending):
        super().__init__(f"{said}\n{ending}")
        self.last_line = said.split("\n")[-1] or ending


def measure(command, environment, seconds=None):
    """Output, wall seconds and peak resident megabytes of a process, which `seconds` may end."""
    words = [str(word) for word in command]
    if seconds is not None:
        words = ["timeout", str(max(1, int(seconds))), *words]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=output, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen does not know that it was waited for
        output.seek(0)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().strip()
            raise ProgramFailed(said, f"status {process.returncode} of {' '.join(words)}")
        return output.read(), wall_seconds, usage.ru_maxrss * 1024 / 1e6


def run_duet(duet, data, device, job, environment, folder, seconds=None):
    """A run of Duet, in the form in which the peers report theirs."""
    kept = folder / "run"
    command = [duet, "train", data, "--device", device, "--shuffle", "none", *job, "--quiet", "--out", kept]
    _, wall_seconds, peak_mb = measure(command, environment, seconds)
    lines = map(json.loads, (kept / "history.jsonl").read_text().splitlines())
    epochs = [{"seconds": line["seconds"], "training_loss": line["train"]["loss"],
               "validation_loss": line["validation"]["loss"],
               "validation_accuracy": line["validation"]["accuracy"]} for line in lines]
    version = json.loads((kept / "run.json").read_text())["version"]
    return {"name": tables.DUET, "version": version, "epochs": epochs, "wall_seconds": wall_seconds,
            "peak_mb": peak_mb}


def run_peer(command, environment, folder, seconds=None):
    output, wall_seconds, peak_mb = measure([*command, "--save", folder / "model"], environment, seconds)
    return json.loads(output.splitlines()[-1]) | {"wall_seconds": wall_seconds, "peak_mb": peak_mb}
