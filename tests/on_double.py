"""What tests of the whole program on the double of CUDA share."""

import os
import subprocess
import sys

from cli import DUET, Cli

DOUBLE = sys.argv.pop(2)  # the folder of its libraries, or "none"
del os.environ["CUDA_VISIBLE_DEVICES"]  # its device is to be seen


class OnDouble(Cli):
    def setUp(self):
        if DOUBLE == "none":
            self.skipTest("the CUDA backend was not built")
        super().setUp()
        self.cache = self.folder / "cache"

    def run_on_double(self, *arguments, program=DUET, libraries=DOUBLE, **environment):
        """Runs to the end with DUET_DOUBLE_... set; returns the exit code and standard error."""
        settings = {f"DUET_DOUBLE_{name}": str(value) for name, value in environment.items()}
        done = subprocess.run(
            [program, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries), "XDG_CACHE_HOME": str(self.cache), **settings},
        )
        self.lines = done.stdout
        return done.returncode, done.stderr

    def train_on_double(self, *options, device="cuda", hidden=5, **more):
        command = ["train", "tiny", "--out", "run", "--hidden", hidden, "--epochs", 1, "--device", device, *options]
        return self.run_on_double(*command, **more)
