"""bad_input_test itself: it would be easy to fool.

usage: bad_input_runner_test.py DUET [CLASS]
"""

import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from cli import Cli, DUET

BAD_INPUT_TEST = pathlib.Path(__file__).with_name("bad_input_test")


class BadInputRunner(Cli):
    """bad_input_test itself: it would be easy to fool."""

    def judge(self, *rows):
        table = self.folder / "table.tsv"
        table.write_text("".join(row + "\n" for row in rows))
        return subprocess.run([BAD_INPUT_TEST, DUET, table], capture_output=True, text=True, timeout=60)

    def test_rows_that_lack_something_are_refused(self):
        good = "name\tduet fly\t2\tunknown command"
        self.assertEqual(self.judge(good).returncode, 0)
        for row in ["", "# nothing", "\tduet fly\t2\tunknown", "name\t\t2\tunknown", "name\tduet fly\t\tunknown",
                    "name\tduet fly\t2\t", "name\tduet fly\t2\t ", "name\tduet fly\t2", "name\tduet\t0\ta",
                    "name\tduet fly\ttwo\tunknown", f"{good}\t\tmore", f"{good}\n{good}"]:
            with self.subTest(row):
                judged = self.judge(row)
                self.assertEqual(judged.returncode, 1)
                self.assertTrue(judged.stderr.startswith("table.tsv:"), judged.stderr)

    def test_what_must_not_be_is_seen(self):
        for command, problem in {
            "duet --version": "exit code 0, not 2",
            "duet fly 2>&1": "standard error is not one sentence",
            "duet fly; duet fly": "standard error is not one sentence",
            "duet walk; exit 2": "standard error does not say 'fly'",
            "echo hello; duet fly": "standard output holds 'hello",
            "touch new; duet fly": "changed on disk: new",
            "rm -r tiny; duet fly": "changed on disk: tiny, ",
            "echo more >> a-file; duet fly": "changed on disk: a-file",
        }.items():
            with self.subTest(command):
                judged = self.judge(f"name\t{command}\t2\tfly")
                self.assertIn(f"FAILED name: {problem}", judged.stdout)
                self.assertEqual(judged.returncode, 1)
        self.assertEqual(self.judge("name\ttouch new; duet fly\t2\tfly\tnew").returncode, 0)
        self.assertIn("new did not change", self.judge("name\tduet fly\t2\tfly\tnew").stdout)

    def test_every_row_finds_everything_as_planted(self):
        judged = self.judge("one\trm -r tiny; duet fly\t2\tfly\ttiny*", "two\tls tiny >&2; duet fly\t2\tfly")
        self.assertIn("train-images-idx3-ubyte", judged.stdout)


if __name__ == "__main__":
    cli.main()
