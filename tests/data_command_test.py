"""duet data list, verify and show. Argument: the program."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import planted
from planted import SIZE

DUET = os.path.abspath(sys.argv.pop(1))


class DataCommandTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.folder = self.scratch / "mine"
        self.folder.mkdir()
        for part, count in [("train", 5), ("t10k", 2)]:
            pixels = [255 * (i // SIZE // SIZE % 2) for i in range(count * SIZE * SIZE)]  # black, white, black, ...
            (self.folder / f"{part}-images-idx3-ubyte").write_bytes(planted.idx([count, SIZE, SIZE], pixels))
            (self.folder / f"{part}-labels-idx1-ubyte").write_bytes(planted.idx([count], range(count)))

    def duet(self, *arguments, **environment):
        return subprocess.run(
            [DUET, "data", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.scratch,
            env={"HOME": str(self.scratch), **environment},
        )

    def test_list_tells_what_is_missing(self):
        done = self.duet("list")
        self.assertEqual(done.returncode, 0)
        self.assertIn("mnist          not found; 'duet data fetch mnist' downloads it\n", done.stdout)
        listed = json.loads(self.duet("list", "--json").stdout)["datasets"]
        self.assertEqual([dataset["name"] for dataset in listed], ["mnist", "fashion-mnist"])
        self.assertEqual((listed[0]["found"], listed[0]["folder"]), (False, None))

    def test_list_tells_what_was_passed_over(self):
        listed = json.loads(self.duet("list", "--json", "--data-dir", self.folder).stdout)["datasets"]
        self.assertEqual(
            listed[0]["passed_over"],
            [f"{self.folder}: the labels in train-labels-idx1-ubyte are not those of mnist"],
        )
        lines = self.duet("list", "--data-dir", self.folder).stdout.splitlines()
        self.assertTrue(lines[0].startswith("mnist          not found"), lines)
        self.assertEqual(lines[1], f"  passed over {listed[0]['passed_over'][0]}")

    def test_verify_reads_every_file(self):
        done = self.duet("verify", self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count("readable"), 4)
        self.assertIn("no checksum to compare with", done.stderr)

        with open(self.folder / "t10k-images-idx3-ubyte", "ab") as file:
            file.write(b"x")
        done = self.duet("verify", self.folder, "--json")
        self.assertEqual(done.returncode, 3)
        verified = json.loads(done.stdout)
        self.assertFalse(verified["ok"])
        self.assertEqual([file["state"] for file in verified["files"]], ["readable", "readable", "damaged", "readable"])

    def test_a_folder_with_test_files_alone(self):
        for kind in ("images-idx3", "labels-idx1"):
            (self.folder / f"train-{kind}-ubyte").unlink()
        done = self.duet("verify", self.folder)
        self.assertEqual((done.returncode, done.stdout.count("readable")), (0, 2), done.stderr)
        shown = json.loads(self.duet("show", self.folder, "--split", "test", "--json").stdout)
        self.assertEqual(shown["split"], "test[0:2]")
        done = self.duet("show", self.folder)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr, f"duet: {self.folder}: there are no train files in this folder\n")

    def test_show_draws_in_the_width_there_is(self):
        done = self.duet("show", self.folder, COLUMNS="10")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            done.stdout,
            "0: 0  1: 1\n      @@@@\n      @@@@\n\n2: 2  3: 3\n      @@@@\n      @@@@\n\n4: 4\n    \n    \n",
        )

    def test_show_takes_a_split(self):
        done = self.duet("show", self.folder, "--split", "train[1:]", "--count", "2", "--json")
        shown = json.loads(done.stdout)
        self.assertEqual(shown["split"], "train[1:5]")
        self.assertEqual([(example["row"], example["label"]) for example in shown["examples"]], [(1, 1), (2, 2)])
        self.assertEqual(self.duet("show", self.folder, "--split", "train[9:]").returncode, 2)
        self.assertEqual(self.duet("show", self.folder, "--count", "0").returncode, 2)

    def test_show_writes_a_png(self):
        path = self.scratch / "sheet.png"
        done = self.duet("show", self.folder, "-o", path)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        width, height, rows = planted.read_png(path.read_bytes())
        # Five pictures of 4 pixels, enlarged 28 times, three across, with borders of 8.
        self.assertEqual((width, height), (3 * 120 + 8, 2 * 120 + 8))
        self.assertEqual([rows[60][x] for x in [4, 60, 180, 300]], [96, 0, 255, 0])
        self.assertEqual([rows[180][x] for x in [60, 180, 300]], [255, 0, 96])

    def test_show_writes_a_lone_example_pixel_for_pixel(self):
        self.duet("show", str(self.folder), "--split", "train[1:2]", "-o", "one.png")
        self.assertEqual(planted.read_png((self.scratch / "one.png").read_bytes()), (SIZE, SIZE, [[255] * SIZE] * SIZE))

    def test_show_overwrites_only_by_force(self):
        path = self.scratch / "sheet.png"
        path.write_text("mine")
        done = self.duet("show", self.folder, "-o", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("replace it with --force", done.stderr)
        self.assertEqual(path.read_text(), "mine")
        self.assertEqual(self.duet("show", self.folder, "-o", path, "--force").returncode, 0)
        self.assertTrue(path.read_bytes().startswith(b"\x89PNG"))


if __name__ == "__main__":
    unittest.main()
