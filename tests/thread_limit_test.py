"""Systems that refuse a training its threads: it is told before there is anything to lose.

usage: thread_limit_test.py DUET [CLASS]
"""

import os
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from fault_case import FaultCase

NOBODY = 65534  # limits of processes do not bind the superuser


def no_thread_but_the_first():
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(NOBODY)


class ThreadLimit(FaultCase):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o777)
        try:
            with_one = self.alone("--version")
        except (OSError, subprocess.SubprocessError) as error:
            self.skipTest(f"another user cannot run this build: {error}")
        if with_one.returncode != 0:
            self.skipTest(f"this build does not run under a limit: {with_one.stderr}")

    def alone(self, *arguments):
        # LeakSanitizer looks for leaks from a process of its own.
        only_the_program = {"OMP_THREAD_LIMIT": "2", "ASAN_OPTIONS": "detect_leaks=0"}
        return self.disturbed(*arguments, limit=no_thread_but_the_first, **only_the_program)

    def test_more_threads_than_the_system_has(self):
        done = self.alone(*self.order("run", threads=2))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"\Aduet: the system refuses 2 threads \(.+\); use fewer --threads\n\Z")
        self.assertFalse((self.folder / "run").exists())
        self.assertEqual(self.alone(*self.order("run", threads=1)).returncode, 0)


if __name__ == "__main__":
    cli.main()
