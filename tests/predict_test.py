"""duet predict: every kind of picture, every kind of answer.

usage: predict_test.py DUET [CLASS]
"""

import gzip
import json
import math
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli
from planted import SIZE


class Predict(Cli):
    def setUp(self):
        super().setUp()
        self.rows = [[0] * SIZE for _ in range(SIZE)]
        self.rows[0][1] = 255  # which speaks for class 1, dog
        self.certain = math.e / (math.e + 2)
        self.line = f"\t0\tdog\t{self.certain:.6f}\n"

    def plant(self, name, content):
        (self.folder / name).write_bytes(content)
        return name

    def test_every_kind_of_file(self):
        pixels = [pixel for row in self.rows for pixel in row]
        image = planted.idx([1, SIZE, SIZE], pixels)
        for name, content in {
            "idx": image,
            "idx.gz": gzip.compress(image),
            "a.png": planted.png(self.rows),
            "a.pgm": planted.pgm(self.rows),
            "a.ppm": planted.ppm(self.rows),
            "no-extension": planted.png(self.rows),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.duet("predict", "good", self.plant(name, content)), name + self.line)
                self.assertEqual(self.stderr, "")
                self.assertEqual(self.duet("predict", "good", "-", stdin=content), "-" + self.line)

    def test_a_line_per_image(self):
        pixels = [255 * (i == row) for row in range(3) for i in range(SIZE * SIZE)]
        self.plant("three", planted.idx([3, SIZE, SIZE], pixels))
        self.plant("a.png", planted.png(self.rows))
        lines = self.duet("predict", "good", "three", "a.png", "three").splitlines()
        expected = [("three", "0", "cat"), ("three", "1", "dog"), ("three", "2", "owl")]
        self.assertEqual(
            [tuple(line.split("\t")[:3]) for line in lines], [*expected, ("a.png", "0", "dog"), *expected]
        )
        entries = json.loads(self.duet("predict", "good", "three", "a.png", "three", "--json"))["predictions"]
        self.assertEqual(
            [(entry["file"], str(entry["row"]), entry["name"]) for entry in entries],
            [*expected, ("a.png", "0", "dog"), *expected],
        )

    def test_as_many_images_as_there_are(self):
        labels = self.duet("predict", "good", "tiny/train-images-idx3-ubyte").splitlines()
        self.assertEqual([int(line.split("\t")[1]) for line in labels], list(range(300)))  # more than a batch

    def test_probabilities(self):
        self.plant("a.png", planted.png(self.rows))
        line = self.duet("predict", "good", "a.png", "--probabilities")
        cells = line.rstrip("\n").split("\t")
        self.assertEqual(cells[:3], ["a.png", "0", "dog"])
        for cell, logit in zip(cells[4:], [0, 1, 0], strict=True):
            self.assertAlmostEqual(float(cell), math.exp(logit) / (math.e + 2), places=6)

    def test_json(self):
        self.plant("a.png", planted.png(self.rows))
        predicted = json.loads(self.duet("predict", "good", "a.png", "--json"))
        (entry,) = predicted["predictions"]
        self.assertEqual(predicted["class_names"], ["cat", "dog", "owl"])
        self.assertEqual((entry["file"], entry["row"], entry["class"], entry["name"]), ("a.png", 0, 1, "dog"))
        self.assertAlmostEqual(entry["probability"], self.certain, places=6)
        self.assertNotIn("probabilities", entry)
        (entry,) = json.loads(self.duet("predict", "good", "a.png", "--json", "--probabilities"))["predictions"]
        self.assertEqual(len(entry["probabilities"]), 3)

    def test_the_first_maximum(self):
        self.plant("black.png", planted.png([[0] * SIZE] * SIZE))
        self.assertEqual(self.duet("predict", "good", "black.png"), "black.png\t0\tcat\t0.333333\n")

    def test_the_class_of_the_logits_where_rounded_probabilities_are_equal(self):
        self.rows[0][1] = 1
        (self.folder / "good").write_bytes(planted.model(names=["cat", "dog", "owl"], scale=1e-6))
        self.plant("a.png", planted.png(self.rows))
        self.assertEqual(self.duet("predict", "good", "a.png"), "a.png\t0\tdog\t0.333333\n")
        (entry,) = json.loads(self.duet("predict", "good", "a.png", "--json"))["predictions"]
        self.assertEqual((entry["class"], entry["name"]), (1, "dog"))  # as eval counts it

    def test_scaled_with_one_note(self):
        doubled = [[pixel for pixel in row for _ in range(2)] for row in self.rows for _ in range(2)]
        self.plant("large.png", planted.png(doubled))
        self.plant("large.pgm", planted.pgm(doubled))
        lines = self.duet("predict", "good", "large.png", "large.pgm")
        self.assertEqual(lines, "large.png" + self.line + "large.pgm" + self.line)
        self.assertEqual(
            self.stderr, "duet: large.png is 8 x 8 pixels; pictures are scaled to the model's 4 x 4\n"
        )

    def test_jpeg(self):
        self.plant("black.jpg", planted.grey_jpeg())
        self.assertEqual(self.duet("predict", "good", "black.jpg"), "black.jpg\t0\tcat\t0.333333\n")

    def test_dark_ink_on_light_paper(self):
        inverted = [[255 - pixel for pixel in row] for row in self.rows]
        image = planted.idx([1, SIZE, SIZE], sum(inverted, []))
        for name, content in [("a.png", planted.png(inverted)), ("a.idx", image)]:
            self.plant(name, content)
            self.assertEqual(self.duet("predict", "good", name, "--invert"), name + self.line)
            self.assertEqual(self.stderr, "")
        for name in ("a.png", "a.idx"):
            self.duet("predict", "good", name, name)
            self.assertEqual(
                self.stderr, f"duet: {name} has bright corners; if it is dark ink on light paper, use --invert\n"
            )

    def test_a_file_may_have_any_name(self):
        picture = planted.png(self.rows)
        for name in ("[x,y]", "[]", "{}", "%%", "a,b"):
            self.assertEqual(self.duet("predict", "good", self.plant(name, picture)), name + self.line)
        self.assertEqual(self.duet("predict", "good", "{}", "[x,y]"), "{}" + self.line + "[x,y]" + self.line)

    def test_many_classes_take_no_more_memory_than_their_weights(self):
        (self.folder / "many").write_bytes(planted.model((1, 100_000), 1, 1))  # whose square is 40 GB
        self.plant("a.png", planted.png([[255]]))
        self.assertEqual(self.duet("predict", "many", "a.png")[:10], "a.png\t0\t0\t")


if __name__ == "__main__":
    cli.main()
