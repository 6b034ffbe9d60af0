"""Ten epochs with the default shuffle, seeds 1, 2, 3: what the tutorial's network must reach on real data.

usage: accuracy_test.py DUET CLASS
"""
import json
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import cli
from cli import DUET

SEEDS = [1, 2, 3]


def accuracies(data):
    found = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            command = [DUET, "train", str(data), "--seed", str(seed), "--json", "--quiet", "--out", folder + "/run"]
            done = subprocess.run(command, check=True, capture_output=True)
            found.append(json.loads(done.stdout)["test"]["accuracy"])
    print(data, found, "mean", sum(found) / len(found), flush=True)
    return found


class Mnist(unittest.TestCase):
    def test_0975_each_and_0977_on_average(self):
        folder = cli.find_mnist()
        if folder is None:
            self.skipTest("MNIST is not in DUET_DATA_PATH")
        found = accuracies(folder)
        self.assertGreaterEqual(min(found), 0.975)
        self.assertGreaterEqual(sum(found) / len(found), 0.977)


class Fashion(unittest.TestCase):
    def test_088_on_average(self):
        folder = cli.find_fashion()
        if folder is None:
            self.skipTest("the Debian package dataset-fashion-mnist is not installed")
        found = accuracies(folder)
        self.assertGreaterEqual(sum(found) / len(found), 0.88)


if __name__ == "__main__":
    cli.main()
