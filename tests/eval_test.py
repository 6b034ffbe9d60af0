"""duet eval: its tables and its JSON.

usage: eval_test.py DUET [CLASS]
"""

import json
import math
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli
from planted import SIZE


class Eval(Cli):
    def setUp(self):
        super().setUp()
        # Images that are bright in pixel `seen` alone, which is what the model says; labels as they are.
        self.seen, self.labels = [0, 0, 1, 2, 2, 2, 0], [0, 0, 0, 2, 2, 1, 1]
        pixels = [255 * (i == seen) for seen in self.seen for i in range(SIZE * SIZE)]
        for part in ("train", "t10k"):
            images = planted.idx([7, SIZE, SIZE], pixels)
            (self.folder / f"seven/{part}-images-idx3-ubyte").parent.mkdir(exist_ok=True)
            (self.folder / f"seven/{part}-images-idx3-ubyte").write_bytes(images)
            (self.folder / f"seven/{part}-labels-idx1-ubyte").write_bytes(planted.idx([7], self.labels))
        right, wrong = math.log(math.e + 2) - 1, math.log(math.e + 2)
        self.loss = (4 * right + 3 * wrong) / 7

    def test_tables(self):
        self.assertEqual(
            self.duet("eval", "good", "seven"),
            f"""test[0:7]: 7 examples
Loss: {self.loss:.4f}, accuracy: 0.5714

class  accuracy     right  of
1 dog    0.0000         0  2
0 cat    0.6667         2  3
2 owl    1.0000         2  2

Confusion matrix (rows: true class, columns: predicted)
          0     1     2
    0     2     1     0
    1     1     0     1
    2     0     0     2

Normalized by row
           0      1      2
    0 0.6667 0.3333 0.0000
    1 0.5000 0.0000 0.5000
    2 0.0000 0.0000 1.0000
""",
        )
        self.assertEqual(self.stderr, "")

    def test_json(self):
        evaluated = json.loads(self.duet("eval", "good", "seven", "--json", "--threads", 1))
        self.assertEqual(self.stderr, "")
        test = evaluated["test"]
        self.assertAlmostEqual(test["loss"], self.loss, places=6)
        self.assertAlmostEqual(test["accuracy"], 4 / 7)
        self.assertEqual(test["per_class"], [2 / 3, 0, 1])
        self.assertEqual(test["confusion"], [[2, 1, 0], [1, 0, 1], [0, 0, 2]])
        self.assertEqual((evaluated["split"], evaluated["device"], evaluated["threads"]), ("test", "cpu", 1))
        self.assertEqual(evaluated["class_names"], ["cat", "dog", "owl"])
        self.assertGreater(evaluated["seconds"], 0)
        self.assertIsNone(evaluated["epochs"])  # this model does not say

    def test_a_class_without_examples(self):
        split = ["--split", "train[:3]"]
        evaluated = json.loads(self.duet("eval", "good", "seven", *split, "--json"))
        self.assertEqual(evaluated["split"], "train[:3]")
        self.assertEqual(evaluated["test"]["per_class"], [2 / 3, None, None])
        lines = self.duet("eval", "good", "seven", *split).splitlines()
        self.assertEqual(lines[0], "train[0:3]: 3 examples")
        self.assertEqual(lines[5], "1 dog         -         -  0")
        self.assertEqual([line.split()[:2] for line in lines[4:7]], [["0", "cat"], ["1", "dog"], ["2", "owl"]])
        self.assertEqual(lines[-2:], ["    1      -      -      -", "    2      -      -      -"])

    def test_names_where_classes_have_some(self):
        some = [str(i) for i in range(12)]
        some[1] = "a long name"
        expected = {
            "some": [" 1 a long name    0.0000         0  2", " 0                0.6667         2  3"],
            "none": [" 1       0.0000         0  2", " 0       0.6667         2  3"],
        }
        for model, names in [("some", some), ("none", None)]:
            (self.folder / model).write_bytes(planted.model((SIZE * SIZE, 12), names=names))
            lines = self.duet("eval", model, "seven").splitlines()
            self.assertEqual(lines[4:6], expected[model])

    def test_a_loss_that_is_not_finite(self):
        (self.folder / "huge").write_bytes(planted.model((SIZE * SIZE, SIZE * SIZE, 3), scale=1e30))
        for options in ([], ["--json"]):
            self.assertEqual(self.duet("eval", "huge", "seven", *options, code=7), "")
            self.assertEqual(self.stderr, "duet: the loss on test[0:7] of seven/t10k-images-idx3-ubyte is not finite: "
                             "the model's weights are too large; train it with a smaller --learning-rate\n")
            self.assertEqual(self.duet("predict", "huge", "seven/t10k-images-idx3-ubyte", *options, code=7), "")
            self.assertIn("what the last layer makes of the images is not finite", self.stderr)

    def test_says_what_the_training_said(self):
        trained = json.loads(self.train("run", "--json", "--quiet"))
        for model in ("run", "run/model.safetensors"):
            evaluated = json.loads(self.duet("eval", model, "tiny", "--json"))
            self.assertEqual(evaluated["test"], trained["test"])
            self.assertEqual(evaluated["epochs"], 2)

    def test_other_data_than_it_was_trained_on(self):
        self.train("run")
        self.assertIn("test[0:7]: 7 examples", self.duet("eval", "run", "seven"))


if __name__ == "__main__":
    cli.main()
