"""duet verify: no bit of a run, its data or a model changes unseen.

usage: verify_test.py DUET [CLASS]
"""

import hashlib
import json
import os
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli

OLD_MODEL = pathlib.Path(__file__).parent / "golden_files/model-format-1-of-0.1.0.safetensors"
FILES = ["best.safetensors", "history.csv", "history.jsonl", "model.safetensors", "run.json", "test_predictions.csv"]


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).hexdigest()


def flips(content):
    """The content with one bit changed: at its ends, and at some places between."""
    for place in (0, len(content) // 3, len(content) // 2, len(content) * 9 // 10, len(content) - 1):
        yield place, content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]


class Verify(Cli):
    def setUp(self):
        super().setUp()
        self.train("run", epochs=1)

    def states(self, *what, code=0):
        """What is said of each file, by its name."""
        lines = self.duet("verify", *what, code=code).splitlines()
        return {line[12:].split(":")[0].rsplit("/", 1)[-1]: line[:12].strip() for line in lines}

    def all_ok(self):
        return dict.fromkeys([*FILES, *planted.FILES.values()], "ok")

    def test_a_run_as_it_was_left(self):
        self.assertEqual(self.states("run"), self.all_ok())
        said = json.loads(self.duet("verify", "run", "--json"))["files"]
        self.assertEqual([file["state"] for file in said], ["ok"] * 10)

    def test_checksums_are_those_of_the_files(self):
        text = (self.folder / "run/run.json").read_bytes()
        sums = json.loads(text)["checksums"]
        own = sums.pop("run.json")
        self.assertEqual(own, sha256(text.replace(own.encode(), b"0" * 64)))
        self.assertEqual(sums, {name: sha256((self.folder / "run" / name).read_bytes()) for name in sums})
        self.assertEqual(sorted([*sums, "run.json"]), FILES)
        tensors, metadata = planted.read_safetensors(self.folder / "run/model.safetensors")
        self.assertEqual(metadata["duet.sha256"], sha256(metadata["duet"].encode(), *tensors.values()))

    def test_every_flipped_bit_of_a_run(self):
        for name in FILES:
            file = self.folder / "run" / name
            content = file.read_bytes()
            for place, damaged in flips(content):
                with self.subTest(name, place=place):
                    file.write_bytes(damaged)
                    self.assertEqual(self.states("run", code=7)[name], "damaged")
                    # Of run.json it may be a bit of another file's checksum.
                    self.assertRegex(self.stderr, r"duet: run: [12] of " if name == "run.json" else "duet: run: 1 of ")
            file.write_bytes(content)
        self.assertEqual(self.states("run"), self.all_ok())

    def test_a_run_that_has_checkpoints_or_nothing_else_yet(self):
        self.train("run", "--force", "--keep", 2, "--checkpoint-every", 2)
        kept = sorted((self.folder / "run/checkpoints").iterdir())
        names = {file.name: "ok" for file in kept}
        self.assertEqual(len(names), 2)
        self.assertEqual(self.states("run"), self.all_ok() | names)
        content = kept[0].read_bytes()
        for place, damaged in flips(content):
            with self.subTest(place=place):
                kept[0].write_bytes(damaged)
                self.assertEqual(self.states("run", code=7), self.all_ok() | names | {kept[0].name: "damaged"})
        for name in ("run.json", "model.safetensors", "test_predictions.csv"):
            (self.folder / "run" / name).unlink()  # as if it had been killed
        written = {"history.jsonl": "ok", "best.safetensors": "ok"}
        self.assertEqual(self.states("run", code=7), names | written | {kept[0].name: "damaged"})
        kept[0].unlink()
        self.assertEqual(self.states("run"), written | {kept[1].name: "ok"})
        for name in written:
            file = self.folder / "run" / name
            content = file.read_bytes()
            file.write_bytes(content.replace(b"5", b"6", 1))
            self.assertEqual(self.states("run", code=7), written | {kept[1].name: "ok", name: "damaged"})
            file.write_bytes(content)
        (self.folder / "run/history.jsonl").unlink()
        self.assertEqual(self.states("run", code=7), written | {kept[1].name: "ok", "history.jsonl": "missing"})

    def test_a_training_that_is_to_replace_a_run(self):
        """As a kill leaves it, before its end and in the middle of that."""
        self.train("other", "--keep", 1, "--checkpoint-every", 2)
        run, other = self.folder / "run", self.folder / "other"
        checkpoints = shutil.copytree(other / "checkpoints", run / ".checkpoints.new")
        for name in ("history.jsonl", "history.csv", "best.safetensors"):
            shutil.copy(other / name, run / f".{name}.new")
        others = dict.fromkeys([".history.jsonl.new", ".best.safetensors.new", *os.listdir(checkpoints)], "ok")
        self.assertEqual(self.states("run"), self.all_ok() | others)
        for name in list(others)[:2]:
            file = run / name
            content = file.read_bytes()
            file.write_bytes(content.replace(b"5", b"6", 1))
            self.assertEqual(self.states("run", code=7), self.all_ok() | others | {name: "damaged"})
            file.write_bytes(content)
        (run / ".history.jsonl.new").rename(run / "away")
        self.assertEqual(self.states("run", code=7), self.all_ok() | others | {".history.jsonl.new": "missing"})
        (run / "away").rename(run / ".history.jsonl.new")
        (run / ".best.safetensors.new").rename(run / "best.safetensors")
        for name in ("run.json", "model.safetensors"):
            (run / name).unlink()
        others["best.safetensors"] = others.pop(".best.safetensors.new")
        self.assertEqual(self.states("run"), others)
        shutil.rmtree(run)
        shutil.copytree(other, run)
        (run / "checkpoints").rename(checkpoints)  # all but these are in place
        self.assertEqual(self.states("run"), self.all_ok() | dict.fromkeys(os.listdir(checkpoints), "ok"))
        self.assertEqual(len(self.duet("verify", "run").splitlines()), len(self.states("run")))

    def test_a_run_that_lost_a_file_or_its_checksums(self):
        (self.folder / "run/history.csv").unlink()
        self.assertEqual(self.states("run", code=7), {**self.all_ok(), "history.csv": "missing"})
        record = self.json_of("run/run.json")
        del record["checksums"]
        (self.folder / "run/run.json").write_text(json.dumps(record))
        self.assertEqual(self.states("run", code=7)["run.json"], "damaged")
        shutil.copy(self.folder / "good", self.folder / "run/model.safetensors")  # which is like one of 0.1.0
        states = self.states("run")
        self.assertEqual((states["run.json"], states["model.safetensors"]), ("no checksum", "no checksum"))

    def test_a_record_that_does_not_tell_of_a_file(self):
        file = self.folder / "run/run.json"
        record = json.loads(file.read_text())
        for left_out in (["model.safetensors"], FILES):
            with self.subTest(left_out):
                sums = {name: sum for name, sum in record["checksums"].items() if name not in left_out}
                if "run.json" in sums:
                    sums["run.json"] = "0" * 64
                text = json.dumps({**record, "checksums": sums})
                file.write_text(text.replace("0" * 64, sha256(text.encode())))
                states = self.states("run", code=7)
                self.assertEqual({name: states[name] for name in left_out}, dict.fromkeys(left_out, "damaged"))
        file.unlink()
        self.assertEqual(self.states("run", code=7)["run.json"], "missing")

    def test_names_that_are_no_files(self):
        file = self.folder / "run/run.json"
        record = json.loads(file.read_text())
        for name in ("", ".", "..", "x/"):
            with self.subTest(name):
                file.write_text(json.dumps({**record, "checksums": {**record["checksums"], name: "00"}}))
                self.duet("verify", "run", code=7)

    def test_files_that_are_none(self):
        """Whoever opened a pipe would wait for ever."""
        for name in FILES:
            path = self.folder / "run" / name
            content = path.read_bytes()
            for make in (os.mkfifo, os.mkdir, lambda p: p.symlink_to("/dev/zero")):
                path.unlink()
                make(path)
                with self.subTest(name, make=make):
                    self.assertIn(self.states("run", code=7)[name], ("damaged", "missing"))
                    for command in (["report", "run", "-o", "page.html"], ["compare", "run", "run"]):
                        self.shell(f"timeout 20 duet {' '.join(command)}; test $? -lt 8 || touch hung")
                        self.assertFalse((self.folder / "hung").exists())
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
                path.write_bytes(content)

    def test_data(self):
        images = self.folder / "tiny" / planted.FILES["train", "images"]
        content = images.read_bytes()
        images.write_bytes(content[:-1] + b"\xaa")
        self.assertEqual(self.states("run", code=3)["data"], "missing")
        self.assertIn("its checksum is another", self.duet("verify", "run", "--data", "tiny", code=3))
        self.assertEqual(self.states("run", "--data", "nowhere", code=3)["data"], "missing")
        self.assertEqual(
            self.stderr,
            "duet: run: its data was not found, or is other data: name its folder with --data, or where known data lies with "
            "--data-dir\n",
        )
        (self.folder / "run/history.csv").write_bytes(b"")
        self.duet("verify", "run", code=7)
        self.assertIn("duet: run: 2 of ", self.stderr)
        (self.folder / "tiny").rename(self.folder / "moved")
        self.assertIn("name it with --data", self.duet("verify", "run", code=7))
        (self.folder / "moved" / images.name).write_bytes(content)
        self.assertEqual(self.states("run", "--data", "moved", code=7), {**self.all_ok(), "history.csv": "damaged"})

    def test_a_model_alone(self):
        content = (self.folder / "run/model.safetensors").read_bytes()
        (self.folder / "alone").write_bytes(content)
        self.assertEqual(self.states("alone"), {"alone": "ok"})
        for place, damaged in flips(content):
            with self.subTest(place=place):
                (self.folder / "alone").write_bytes(damaged)
                self.assertEqual(self.states("alone", code=7), {"alone": "damaged"})
                self.duet("train", "tiny", "--init-from", "alone", "--out", "new", code=7)
                self.assertFalse((self.folder / "new").exists())

    def test_a_model_of_version_0_1_0_stays_readable(self):
        self.assertEqual(self.states(OLD_MODEL), {OLD_MODEL.name: "no checksum"})
        read = json.loads(self.duet("eval", OLD_MODEL, "tiny", "--json"))
        self.assertEqual(read["test"]["accuracy"], 0.6)
        self.assertEqual(json.loads(self.duet("inspect", OLD_MODEL, "--json"))["training"]["version"], "0.1.0")
        self.duet("train", "tiny", "--init-from", OLD_MODEL, "--out", "more", "--epochs", 1)

    def test_what_is_not_there(self):
        self.assertEqual(self.duet("verify", "nowhere", code=7), "")
        self.assertEqual(self.stderr, "duet: there is no file or folder nowhere\n")
        self.assertEqual(self.duet("verify", "tiny", code=7), "")
        self.assertIn("tiny is not a run folder: it has neither run.json nor model.safetensors", self.stderr)


if __name__ == "__main__":
    cli.main()
