"""Systems that refuse a training its threads: it is told before there is anything to lose.

usage: thread_limit_test.py DUET [CLASS]
"""

import os
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from cli import DUET

NOBODY = 65534  # limits of processes do not bind the superuser


class ThreadLimit(cli.Cli):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o777)
        try:
            with_one = self.with_limit("--version", threads=1)
        except (OSError, subprocess.SubprocessError) as error:
            self.skipTest(f"another user cannot run this build: {error}")
        if with_one.returncode != 0:
            self.skipTest(f"this build does not run under a limit: {with_one.stderr}")

    def with_limit(self, *arguments, threads):
        """Runs the program where the system has no thread but its first."""

        def limit():
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            if os.geteuid() == 0:
                os.setgroups([])
                os.setuid(NOBODY)

        environment = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
        return subprocess.run(
            [DUET, *map(str, arguments)],
            cwd=self.folder,
            env={**environment, "OMP_NUM_THREADS": str(threads)},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_more_threads_than_the_system_has(self):
        order = ["train", "tiny", "--hidden", "9,7", "--epochs", "2", "--out", "run", "--threads"]
        done = self.with_limit(*order, 2, threads=2)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"\Aduet: the system refuses 2 threads \(.+\); use fewer --threads\n\Z")
        self.assertFalse((self.folder / "run").exists())
        self.assertEqual(self.with_limit(*order, 1, threads=1).returncode, 0)


if __name__ == "__main__":
    cli.main()
