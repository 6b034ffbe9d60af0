"""--help and --version.

usage: help_test.py DUET [CLASS]
"""

import re
import sys

sys.dont_write_bytecode = True
import cli
from cli import Cli


class Help(Cli):
    commands = ["train", "eval", "predict", "compare", "inspect", "verify", "data", "data list", "data fetch", "data verify",
                "data show", "doctor", "tune"]

    def test_every_command_has_help(self):
        for command in ["", *self.commands]:
            with self.subTest(command):
                text = self.duet(*command.split(), "--help")
                self.assertIn(f"Usage: duet {command}".strip(), text)
                self.assertIn("Exit codes: 0 done, 1 other", text)
                self.assertEqual(self.stderr, "")

    def test_the_options_of_train_and_their_defaults(self):
        text = self.duet("train", "--help")
        defaults = {"hidden N,N...": "700,500", "learning-rate X": "0.001", "beta1 X": "0.9", "beta2 X": "0.999",
                    "epsilon X": "1e-07", "batch N": "128", "epochs N": "10", "seed N": "22", "shuffle epoch|none": "epoch",
                    "device NAME": "auto", "progress auto|plain|none": "auto"}
        for option, default in defaults.items():  # CLI11 shows them as =700,500, from 2.4 on as [700,500]
            self.assertRegex(text, rf"\n  --{re.escape(option)}(={re.escape(default)}| \[{re.escape(default)}\])\s")
        for option in ["train EXPR", "validation EXPR", "test EXPR", "threads N", "data-dir DIR", "out DIR", "force ",
                       "init-from FILE", "dry-run ", "log-steps FILE", "json ", "quiet "]:
            self.assertRegex(text, rf"\n  --{re.escape(option)}")

    def test_version(self):
        self.assertRegex(self.duet("--version"), r"\Aduet \d+\.\d+\.\d+\n\Z")


if __name__ == "__main__":
    cli.main()
