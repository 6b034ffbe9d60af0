"""valgrind's memcheck finds nothing in one epoch of training with all that it writes, nor in what is made of it.

usage: memcheck_test.py DUET [CLASS]
"""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from cli import DUET, Cli

FOUND = 86  # the exit status where something was found
MEMCHECK = ["valgrind", "--quiet", f"--error-exitcode={FOUND}", "--leak-check=full", "--errors-for-leak-kinds=definite"]


class OneEpoch(Cli):
    def memcheck(self, *arguments):
        done = subprocess.run(
            [*MEMCHECK, DUET, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, "DUET_ISA": "avx2"},  # valgrind knows no AVX-512
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def setUp(self):
        super().setUp()
        if not shutil.which("valgrind"):
            self.skipTest("valgrind is not installed")

    def test_training_and_what_is_made_of_it(self):
        written = ["--checkpoint-every", 20, "--keep", 1, "--log-steps", "steps", "--tensorboard", "events", "--report"]
        self.memcheck("train", "tiny", "--out", "run", "--hidden", "19,11", "--batch", 4, "--epochs", 1, *written)
        (self.folder / "run/run.json").unlink()
        self.memcheck("resume", "run")
        self.memcheck("eval", "run", "tiny")
        self.memcheck("predict", "run", "tiny/t10k-images-idx3-ubyte")
        self.memcheck("verify", "run")
        self.memcheck("compare", "run", "run", "-o", "chart.svg")


if __name__ == "__main__":
    cli.main()
