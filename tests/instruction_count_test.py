"""A training step takes as many instructions as it did: what makes it slower on every machine is seen here."""

import pathlib
import platform
import random
import shutil
import sys
import tempfile
import unittest

import cli
import planted

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "benchmarks"))
import instructions

# Measured: GCC 12.2, 784-128-64-10, every fifth pixel lit. Another compiler may need some more or fewer.
EXPECTED, MARGIN = 5.33e6, 0.2


class Step(unittest.TestCase):
    def setUp(self):
        if not shutil.which("valgrind"):
            self.skipTest("valgrind is not installed")
        if platform.machine() != "x86_64" or "avx2" not in pathlib.Path("/proc/cpuinfo").read_text():
            self.skipTest("this processor has no AVX2, for which instructions are counted")

    def test_takes_as_many_instructions_as_it_did(self):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder)
            chance = random.Random(1)
            for part, rows in ("train", instructions.STEPS * instructions.BATCH + 1), ("test", 1):
                pixels = [chance.randrange(1, 256) if chance.randrange(5) == 0 else 0 for _ in range(rows * 784)]
                (data / planted.FILES[part, "images"]).write_bytes(planted.idx([rows, 28, 28], pixels))
                labels = [chance.randrange(10) for _ in range(rows)]
                (data / planted.FILES[part, "labels"]).write_bytes(planted.idx([rows], labels))
            counted = instructions.count_step(cli.DUET, data, "128,64")
        self.assertLess(counted, EXPECTED * (1 + MARGIN))
        self.assertGreater(counted, EXPECTED * (1 - MARGIN), "fewer: write the new number down")


if __name__ == "__main__":
    cli.main()
