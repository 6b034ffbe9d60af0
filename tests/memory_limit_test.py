"""Limits of memory: of the process and of its control group.

usage: memory_limit_test.py DUET [CLASS]
"""

import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET
from fault_case import GOES_ON, FaultCase, contents


class MemoryLimit(FaultCase):
    """A network that is too large is refused before any memory of its is taken."""

    ROOM = 600 << 20  # bytes
    HUGE = "8000,8000"  # 64 million weights; with moments and a checkpoint's copy nearly 2 GB

    def setUp(self):
        super().setUp()
        self.skip_where_memory_cannot_be_limited()

    def expect_refusal(self, limit):
        before = contents(self.folder)
        running = subprocess.Popen(
            [DUET, *map(str, self.order("run", hidden=self.HUGE))],
            cwd=self.folder,
            preexec_fn=limit,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = [running.stdout.read(), running.stderr.read()]
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((running.returncode, said[0]), (5, ""), said[1])
        self.assertRegex(
            said[1],
            r"\Aduet: the training needs \d+\.\d MiB of memory and cpu has [1-5]\d\d\.\d MiB free; most of it, "
            r"\d+\.\d MiB, is for the network: use smaller layers\n\Z",
        )
        self.assertLess(usage.ru_maxrss << 10, self.ROOM / 4)
        self.assertEqual(contents(self.folder), before)

    def limit_of_process(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))

    def test_of_the_process(self):
        self.expect_refusal(self.limit_of_process(self.ROOM))

    def test_of_a_cgroup(self):
        group = self.cgroup()
        self.expect_refusal(lambda: (group / "cgroup.procs").write_text(str(os.getpid())))

    def cgroup(self):
        """A new one within that of this process, with a limit; of version 1 or 2."""
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                group, limit = pathlib.Path("/sys/fs/cgroup/memory" + path), "memory.limit_in_bytes"
            elif not controllers:
                group, limit = pathlib.Path("/sys/fs/cgroup" + path), "memory.max"
            else:
                continue
            group /= f"duet-{os.getpid()}"
            try:
                group.mkdir()
                self.addCleanup(group.rmdir)
                (group / limit).write_text(str(self.ROOM))
                return group
            except OSError as error:
                why = error
        self.skipTest(f"no control group with a limit of memory can be made: {why}")


class EveryLimit(MemoryLimit):
    def test_any_limit(self):
        """Of a network that nearly fits: it is trained, or refused, and what was there stays."""
        self.undisturbed("large", hidden="1200,1200")
        trained = refused = 0
        for size in range(24, 120, 4):  # MiB
            done = self.disturbed(*self.order("run", hidden="1200,1200"), limit=self.limit_of_process(size << 20))
            with self.subTest(size=size, said=done.stderr):
                self.assertIn(done.returncode, (0, 5))
                trained += done.returncode == 0
                refused += done.returncode == 5
                self.assertEqual(re.findall(GOES_ON, done.stderr), [])
                self.expect_whole_or_to_go_on(done, "run", "large")
        self.assertGreater(trained, 0)
        self.assertGreater(refused, 0)

    def test_that_the_test_fits_too(self):
        """Where data is read by one thread, no stack of it is left for the one that writes checkpoints."""
        planted.dataset(self.folder / "only")
        for file in (self.folder / "only").glob("t10k*"):
            file.unlink()
        order = ["train", "only", "--train", "train[:200]", "--validation", "train[200:250]", "--test", "train[250:]",
                 "--hidden", "9,7", "--epochs", "2", "--out"]  # fmt: skip
        self.duet(*order, "small")
        codes = set()
        for resource_, sizes in (resource.RLIMIT_AS, range(14_000, 36_000, 500)), (resource.RLIMIT_DATA, range(1000, 20_000, 500)):
            for size in sizes:  # KiB
                limit = (size << 10, size << 10)
                done = self.disturbed(*order, "run", limit=lambda: resource.setrlimit(resource_, limit))
                with self.subTest(resource=resource_, size=size, said=done.stderr):
                    self.assertIn(done.returncode, (0, 4, 5, 127))
                    self.assertEqual((self.folder / "run").exists(), done.returncode == 0)
                    if done.returncode == 0:
                        self.expect_same("run", "small")
                shutil.rmtree(self.folder / "run", ignore_errors=True)
                codes.add(done.returncode)
        self.assertLessEqual({0, 5}, codes)


if __name__ == "__main__":
    cli.main()
