"""Where duet train puts its results, and what becomes of them when a place is taken or a pipe breaks.

usage: output_test.py DUET [CLASS]
"""

import sys

sys.dont_write_bytecode = True
import cli
from cli import Cli


class Output(Cli):
    def test_a_folder_of_its_own_by_default(self):
        for _ in range(2):  # the second in the same second, perhaps
            self.duet("train", "tiny", "--hidden", 5, "--epochs", 1)
        runs = sorted(path.name for path in (self.folder / "runs").iterdir())
        self.assertEqual(len(runs), 2)
        for name in runs:
            self.assertRegex(name, r"\A\d{8}-\d{6}-tiny(-2)?\Z")

    def test_force_replaces_a_run_and_nothing_else(self):
        self.train("run")
        first = self.tensors("run")
        (self.folder / "run/notes.txt").write_text("mine")
        (self.folder / "steps.jsonl").write_text("old")
        self.train("run", "--seed", 4, code=1)
        self.assertEqual(self.tensors("run"), first)
        self.train("run", "--seed", 4, "--force", "--log-steps", "steps.jsonl", epochs=1)
        self.assertNotEqual(self.tensors("run"), first)
        self.assertEqual(len(self.history("run")), 1)
        self.assertEqual((self.folder / "run/notes.txt").read_text(), "mine")
        self.assertNotIn("old", (self.folder / "steps.jsonl").read_text())

    def test_a_log_of_steps_in_the_run_folder(self):
        for options in ([], ["--force"]):
            self.train("run", "--batch", 100, "--log-steps", "run/steps.jsonl", *options)
            self.assertEqual(len((self.folder / "run/steps.jsonl").read_text().splitlines()), 2 * 3)
        self.assertTrue(self.tensors("run"))

    def test_an_empty_folder_may_be_used(self):
        (self.folder / "run").mkdir()
        self.train("run")
        self.assertTrue(self.tensors("run"))

    def test_a_test_line_that_cannot_be_written_loses_no_model(self):
        # A file that may take the lines of the one epoch (107 bytes), but not the last line (41 more).
        (self.folder / "lines").write_bytes(b" " * (65536 - 120))
        done = self.shell("trap '' XFSZ; ulimit -f 64; duet train tiny --out run --epochs 1 --hidden 5 >> lines")
        talk = self.talk_of_training(done.stderr)
        self.assertEqual(talk, "duet: standard output cannot be written: File too large; the run is kept in run\n")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(self.tensors("run"))
        self.assertEqual(self.json_of("run/run.json")["epochs"], 1)

    def test_results_without_a_standard_error(self):
        lines = self.duet("eval", "good", "tiny")
        for closed in ("2>&-", "2>/dev/full"):
            done = self.shell(f"duet eval good tiny {closed}")
            self.assertEqual((done.returncode, done.stdout), (0, lines))
            self.assertEqual(self.shell(f"duet eval nothing tiny {closed}").returncode, 7)

    def test_a_reader_that_leaves_ends_no_training(self):
        done = self.shell("set -o pipefail; duet train tiny --out run --hidden 5 --epochs 300 | head -n 1")
        self.assertEqual((done.returncode, done.stdout), (1, "Epoch: 0\n"))
        self.assertIn("standard output cannot be written: Broken pipe", done.stderr)
        self.assertEqual(self.json_of("run/run.json")["epochs"], 300)


if __name__ == "__main__":
    cli.main()
