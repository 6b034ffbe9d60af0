"""Run folders that somebody else made: `duet resume` trusts nothing in them.

usage: hostile_input_test.py DUET [CLASS]
"""

import gzip
import json
import os
import shutil
import struct
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli
from resume_case import ResumeCase

OTHER_TYPES = {
    "created": 5,
    "init_sha256": 5,
    "seconds": "x",
    "known_products": 5,
    "data": 5,
    "data_dir": 5,
    "train": 5,
    "validation": None,
    "test": 5,
    "learning_rate": "x",
    "beta1": [],
    "batch": 1.5,
    "seed": -1,
    "shuffle": 1,
    "epochs": "x",
    "device": 5,
    "precision": 5,
    "kernels": 5,
    "init_from": 5,
    "log_steps": 5,
    "tensorboard": 5,
    "report": 5,
    "checkpoint_every": 5,
    "keep": "x",
    "data_sha256": [5],
}
OTHER_VALUES = {
    "seconds": -1,
    "known_products": {"device": "d", "products": {"p": {"algorithm": 5, "bytes": "x"}}},
    "train": "train[",
    "validation": "rows",
    "test": "test[0:\x1b[31m]",
    "learning_rate": -1,
    "beta1": 1,
    "beta2": -0.5,
    "epsilon": 0,
    "batch": 2_000_000_000,
    "epochs": 0,
    "precision": "fp99",
    "checkpoint_every": "5m",
    "keep": 2**40,
}


class HostileCase(ResumeCase):
    def setUp(self):
        super().setUp()
        self.duet(*self.arguments("begun", "--keep", 1, "--checkpoint-every", 7))  # in epoch 5, of 63 steps
        self.take_the_end_away("begun")

    def change(self, run="run", change_tensors=None, training=None, **fields):
        """As it was left, but for what its checkpoint says, with a checksum that fits."""
        shutil.rmtree(self.folder / run, ignore_errors=True)
        shutil.copytree(self.folder / "begun", self.folder / run)
        (file,) = (self.folder / run / "checkpoints").iterdir()
        tensors, metadata = planted.read_floats(file)
        said = json.loads(metadata["duet-checkpoint"])
        said.update(fields)
        said["training"].update(training or {})
        if change_tensors:
            change_tensors(tensors)
        file.write_bytes(planted.sealed(tensors, {**metadata, "duet-checkpoint": json.dumps(said)}))


class HostileCheckpoint(HostileCase):
    def expect_refusal(self, words, run="run"):
        history = (self.folder / run / "history.jsonl").read_bytes()
        self.duet("resume", run, code=7)
        self.assertRegex(self.stderr, rf"\Aduet: {run}: its checkpoint {words}[^\n\x00-\x1f]*\n\Z")
        self.assertEqual((self.folder / run / "history.jsonl").read_bytes(), history)

    def test_what_is_not_changed_goes_on(self):
        self.duet(*self.arguments("whole"))
        self.change()
        self.duet("resume", "run")
        self.expect_same("run", "whole")

    def test_fields_of_other_types(self):
        for field, value in OTHER_TYPES.items():
            with self.subTest(field):
                self.change(training={field: value})
                self.expect_refusal("is damaged: ")

    def test_values_that_no_option_takes(self):
        for field, value in OTHER_VALUES.items():
            with self.subTest(field):
                self.change(training={field: value})
                self.expect_refusal("is damaged: ")

    def test_a_step_beyond_the_epoch(self):
        for steps in (64, 100_000):

            def more(tensors):
                for name in ("results.loss", "results.correct", "results.seen"):
                    tensors[name] = ([steps], [1.0] * steps)

            with self.subTest(steps):
                self.change(change_tensors=more, step=steps)
                self.expect_refusal("is of step")

    def test_a_network_for_other_data(self):
        inputs, classes = planted.SIZE**2, planted.CLASSES
        for sizes in ([inputs - 1, 8, classes], [inputs, 8, classes + 1]):

            def other(tensors):
                for name in list(tensors):
                    if not name.startswith("results."):
                        del tensors[name]
                for part in ("layers", "mean", "variance", "last_good"):
                    for name, tensor in planted.weights(sizes).items():
                        tensors[name.replace("layers", part)] = tensor

            with self.subTest(sizes):
                self.change(change_tensors=other)
                self.expect_refusal("goes from ")


class HostileFolder(HostileCase):
    """Nothing outside it is written, and nothing in it that no run makes."""

    def expect_no_change(self, name, make):
        with self.subTest(name, make=make.__name__):
            self.change()
            mine = self.folder / "mine"
            shutil.rmtree(mine, ignore_errors=True)
            mine.mkdir()
            for file in ("text", "000000000000.safetensors"):
                (mine / file).write_text("line\n" * 100)
            path = self.folder / "run" / name
            if path.is_dir():
                path.rename(mine / "made")
            path.unlink(missing_ok=True)
            make(path, mine)
            before = {p: p.read_bytes() for p in mine.rglob("*") if p.is_file()}
            self.duet("resume", "run", code=1)
            self.assertRegex(self.stderr, rf"\Aduet: run/{name}.* is .*, and no run goes on with one: move it away\n\Z")
            self.assertEqual({p: p.read_bytes() for p in mine.rglob("*") if p.is_file()}, before)

    def test_links_and_pipes_in_the_place_of_its_files(self):
        def link(path, mine):
            path.symlink_to(mine / "text")

        def pipe(path, mine):
            os.mkfifo(path)

        for name in [
            "history.jsonl", "history.csv", "best.safetensors", "run.json", "model.safetensors",
            "test_predictions.csv", "report.html", ".history.csv.new", ".checkpoints.new",
        ]:
            for make in (link, pipe):
                self.expect_no_change(name, make)

    def test_a_link_in_the_place_of_its_checkpoints(self):
        def link(path, mine):
            path.symlink_to(mine / "made")

        self.expect_no_change("checkpoints", link)

    def test_others_files_among_its_checkpoints(self):
        self.change()
        others = self.folder / "run/checkpoints/llama.safetensors"
        others.write_text("mine")
        self.duet("resume", "run")
        self.assertEqual(others.read_text(), "mine")


class Escapes(Cli):
    """What a terminal obeys, in texts of files and in names of files."""

    EVIL = "x\x1b]0;title\x07\x1b[31m\x7f\u009b2J\u202e"
    CLEAN = "x?]0;title??[31m??2J?"

    def expect_clean(self, *arguments, code=0):
        said = self.duet(*arguments, code=code) + self.stderr
        self.assertIn(self.CLEAN, said)
        self.assertNotRegex(said, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")

    def test_of_a_record(self):
        self.train("run")
        self.train("other")
        file = self.folder / "run/run.json"
        record = json.loads(file.read_text())
        for changes, command, code in [
            ({"checksums": {**record["checksums"], self.EVIL: "00"}}, ["verify", "run"], 7),
            ({"checksums": {**record["checksums"], "history.csv": self.EVIL}}, ["verify", "run"], 7),
            ({"configuration": {**record["configuration"], self.EVIL: 1}}, ["compare", "run", "other"], 0),
            ({"data": {**record["data"], "train": self.EVIL}}, ["report", "run", "-o", "page.html"], 3),
        ]:
            with self.subTest(command):
                file.write_text(json.dumps({**record, **changes}))
                self.expect_clean(*command, code=code)

    def test_of_names_of_files(self):
        picture = self.folder / f"{self.EVIL}\n\t.png"
        picture.write_bytes(planted.png([[0, 9, 9, 0]] * 4))
        line = self.duet("predict", "good", picture.name)
        self.assertTrue(line.startswith(f"{self.CLEAN}??.png\t0\t"), line)
        self.assertEqual(line.count("\n"), 1)
        picture.write_bytes(b"")
        self.expect_clean("predict", "good", picture.name, code=3)

    def test_of_class_names(self):
        (self.folder / "model").write_bytes(planted.model(names=["cat", "d\u009b2J", "owl"]))
        self.duet("inspect", "model", code=7)
        self.assertIn("holds a control character", self.stderr)


class Amounts(Cli):
    """Numbers and sizes that cannot be."""

    def test_of_a_history(self):
        self.train("run")
        file = self.folder / "run/history.jsonl"
        first, second = file.read_text().splitlines()
        for part, name, value in [
            ("train", "accuracy", 1e308),
            ("train", "loss", -1e308),
            ("validation", "accuracy_of_batches", -0.5),
            (None, "seconds", -1),
            (None, "learning_rate", 1e300),
        ]:
            epoch = json.loads(second)
            (epoch[part] if part else epoch)[name] = value
            file.write_text(f"{first}\n{json.dumps(epoch)}\n")
            for command in (["report", "run"], ["compare", "run", "run"], ["plot", "run", "loss", "-o", "loss.svg"]):
                with self.subTest(name, command=command):
                    self.duet(*command, code=3)
                    self.assertEqual(self.stderr, f"duet: run/history.jsonl: line 2: '{name}' is out of range\n")

    def test_of_a_model(self):
        shutil.copytree(self.folder / "tiny", self.folder / "run")
        for classes, code in (256, 0), (257, 7):
            (self.folder / "run/model.safetensors").write_bytes(planted.model([planted.SIZE**2, classes]))
            (self.folder / "run/test_predictions.csv").write_text("row,label,predicted,probability\n0,1,2,0.5\n")
            for command in (["eval", "run", "tiny"], ["plot", "run", "confusion", "-o", "confusion.svg", "--force"]):
                self.duet(*command, code=code)
        self.assertIn("the model has 257 classes, and labels are bytes: of more than 256 none is tested", self.stderr)
        header = json.dumps({"__metadata__": {f"{i:040}": "" for i in range(400_000)}}).encode()
        (self.folder / "model").write_bytes(planted.with_header(header, b""))
        self.duet("inspect", "model", code=7)
        self.assertIn("header", self.stderr)

    def test_of_images_that_become_larger(self):
        """Three million of one pixel, in a file of 3 KB: each would become as large as the model takes them."""
        self.skip_where_memory_cannot_be_limited()
        (self.folder / "large").write_bytes(planted.model((784, 10), height=28, width=28))
        for count, code in (1000, 0), (3_000_000, 5):
            images = struct.pack(">4I", 0x803, count, 1, 1) + bytes(count)
            (self.folder / "images.gz").write_bytes(gzip.compress(images))
            done = self.shell("ulimit -v 1000000; duet predict large images.gz --threads 1")
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(
            done.stderr,
            r"duet: the prediction needs \d+\.\d MiB of memory and cpu has \d+\.\d MiB free; most of it, 4\d\d\d\.\d MiB, "
            r"is for the examples: use fewer examples\n\Z",
        )


if __name__ == "__main__":
    cli.main()
