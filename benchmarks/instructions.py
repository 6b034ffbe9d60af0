#!/usr/bin/env python3
"""Instructions of a training step, counted by valgrind's callgrind: they repeat where seconds do not.

The reference job (MNIST, hidden layers of 700 and 500, batch 128) on one thread with AVX2, since callgrind knows no AVX-512.
A step is a twentieth of what a second epoch of 20 steps adds to a run, its one row of validation included, but no checkpoint.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS, BATCH = 20, 128


def count(command):
    """Instructions of a run of a command."""
    environment = {**os.environ, "DUET_ISA": "avx2"}
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*callgrind, *map(str, command)], env=environment, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not collected:
        raise RuntimeError(done.stderr)
    return int(collected[1])


def count_step(duet, data, hidden):
    """Instructions of a step of training on the first rows of a data set."""
    rows = STEPS * BATCH
    with tempfile.TemporaryDirectory() as folder:
        command = [duet, "train", data, "--hidden", hidden, "--batch", BATCH, "--threads", 1, "--quiet", "--checkpoint-every", "1000000s"]
        command += ["--train", f"train[:{rows}]", "--validation", f"train[{rows}:{rows + 1}]"]
        one, two = (count([*command, "--epochs", n, "--out", f"{folder}/{n}"]) for n in (1, 2))
    return (two - one) / STEPS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("duet", nargs="?", default=ROOT / "build/release/duet", type=pathlib.Path)
    options = parser.parse_args()
    try:
        print(f"{count_step(options.duet, 'mnist', '700,500') / 1e6:.1f} million instructions a step")
    except FileNotFoundError:
        sys.exit("valgrind is not installed")
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
