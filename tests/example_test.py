"""examples/mnist.cpp on small data.

usage: example_test.py EXAMPLE [CLASS]
"""

import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from cli import Cli
from cli import DUET as EXAMPLE


class Example(Cli):
    def run_example(self, *arguments):
        return subprocess.run([EXAMPLE, *arguments], cwd=self.folder, capture_output=True, text=True)

    def test_few_rows(self):
        done = self.run_example("kept.safetensors", "tiny", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, "test accuracy [01]")
        self.assertTrue((self.folder / "kept.safetensors").exists())

    def test_no_test_files(self):
        for path in (self.folder / "tiny").glob("t10k*"):
            path.unlink()
        done = self.run_example("kept.safetensors", "tiny", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("test accuracy", done.stdout)
        self.assertTrue((self.folder / "kept.safetensors").exists())

    def test_writes_only_where_it_is_told(self):
        done = self.run_example()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, "usage: mnist MODEL [DATA [EPOCHS]]; it writes the file MODEL\n")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["good", "tiny"])


if __name__ == "__main__":
    cli.main()
