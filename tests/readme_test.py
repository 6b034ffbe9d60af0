"""Every block of commands in the README that is marked `sh`, run in order in a fresh clone.

usage: readme_test.py SOURCE_DIR

Without MNIST, Fashion-MNIST takes its place in the commands.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import cli

SOURCE = Path(sys.argv[1])


class Readme(unittest.TestCase):
    def test_every_block_of_commands(self):
        if cli.find_mnist() is None and cli.find_fashion() is None:
            self.skipTest("neither MNIST in DUET_DATA_PATH nor the Debian package dataset-fashion-mnist is there")
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "duet"
            subprocess.run(["git", "clone", "--quiet", str(SOURCE), str(clone)], check=True)
            blocks = re.findall(r"^```sh\n(.*?)^```", (clone / "README.md").read_text(), re.MULTILINE | re.DOTALL)
            self.assertGreaterEqual(len(blocks), 4)
            environment = {key: value for key, value in os.environ.items() if key not in ("CXX", "CXXFLAGS")}
            for block in blocks:
                if cli.find_mnist() is None:
                    block = re.sub(r"\bmnist\b", "fashion-mnist", block)
                with self.subTest(block):
                    done = subprocess.run(
                        ["bash", "-euxo", "pipefail", "-c", block], cwd=clone, env=environment, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    )
                    print(done.stdout[-2000:], flush=True)
                    self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    cli.main()
