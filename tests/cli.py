"""What tests in Python share: the program, real data, a folder with planted data, and what is left behind in it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import planted

DUET = os.path.abspath(sys.argv[1])
# No GPU is to be seen: what tests expect is the CPU's, and a driver takes a while to start. The double of CUDA is for on_double.py.
os.environ["CUDA_VISIBLE_DEVICES"] = ""


def find_mnist():
    """Folder of the real MNIST, or None."""
    for folder in os.environ.get("DUET_DATA_PATH", "").split(":"):
        if folder and (pathlib.Path(folder) / "mnist" / "train-images-idx3-ubyte.gz").exists():
            return pathlib.Path(folder) / "mnist"
    return None


def find_fashion():
    """Folder of Debian's dataset-fashion-mnist, or None."""
    folder = pathlib.Path("/usr/share/datasets/fashion-mnist")
    return folder if (folder / "train-images-idx3-ubyte.gz").exists() else None


class Cli(unittest.TestCase):
    """A folder with the data set `tiny` and the model `good`, whose class i has the logit pixel i / 255."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        planted.dataset(self.folder / "tiny")
        (self.folder / "good").write_bytes(planted.model(names=["cat", "dog", "owl"]))

    def start(self, *arguments):
        running = subprocess.Popen(
            [DUET, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)  # before that
        return running

    def duet(self, *arguments, code=0, stdin=b""):
        """Runs to the end; returns what it printed."""
        done = subprocess.run(
            [DUET, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True, timeout=120
        )
        self.assertEqual(done.returncode, code, done.stderr.decode())
        self.stderr = done.stderr.decode()
        return done.stdout.decode()

    def shell(self, command):
        environment = {**os.environ, "PATH": f"{os.path.dirname(DUET)}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120
        )

    def skip_where_memory_cannot_be_limited(self):
        if self.shell("ulimit -v 1000000; duet --version").returncode != 0:
            self.skipTest("this build takes memory of its own")

    def train(self, out, *options, hidden="9,7", epochs=2, code=0):
        return self.duet("train", "tiny", "--out", out, "--hidden", hidden, "--epochs", epochs, *options, code=code)

    def talk_of_training(self, talk):
        """What `duet train` says on standard error behind its first line, which is about the device."""
        first, rest = talk.split("\n", 1)
        self.assertRegex(first, r"\ATraining on cpu \(.+, fp32\)(; no GPU: .+)?\Z")
        return rest

    def tensors(self, run):
        return planted.read_safetensors(self.folder / run / "model.safetensors")[0]

    def json_of(self, path):
        return json.loads((self.folder / path).read_text())

    def history(self, run):
        return [json.loads(line) for line in (self.folder / run / "history.jsonl").read_text().splitlines()]


def tutorial_lines(history, test):
    lines = ""
    for epoch in history:
        lines += f"Epoch: {epoch['epoch']}\n"
        for name, part in [("Training", epoch["train"]), ("Validation", epoch["validation"])]:
            lines += f"{name} loss: {part['loss_of_batches']:.3f}, {name} accuracy: {part['accuracy_of_batches']:.3f}\n"
    return lines + f"Test loss: {test['loss']:.3f}, Test accuracy: {test['accuracy']:.3f}\n"


def main():
    """Runs the classes that are named; exit status 77 where one was skipped."""
    result = unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[2:]], exit=False, verbosity=2).result
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
