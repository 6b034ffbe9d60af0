"""Bad circumstances: what the program promises in them is one sentence, a documented exit code, and that nothing of the user's
is lost, or half-written: what is there is whole, or goes on by `duet resume`.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile

import planted
from cli import DUET
from resume_case import ResumeCase
from verify_test import sha256

if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # so many small files would wait for a disk most of the time
os.environ["OMP_THREAD_LIMIT"] = "1"  # nor do small trainings need a second thread
EXIT_CODES = range(8)
EARLY = ["history.jsonl", "history.csv", "best.safetensors"]  # beside those of a run that is replaced
GOES_ON = r"duet: no checkpoint: .+; the training goes on\n"


def contents(folder):
    """Every path below the folder, with what it holds."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def is_there_as(file, expected):
    return file.exists() and sha256(file.read_bytes()) == expected


def is_whole(model):
    """Of a model, or a checkpoint: whether its checksum is its own."""
    if not model.exists():
        return False
    tensors, metadata = planted.read_safetensors(model)
    return metadata.pop("duet.sha256") == sha256(*(text.encode() for text in metadata.values()), *tensors.values())


class FaultCase(ResumeCase):
    def setUp(self):
        super().setUp()
        self.place = self.folder  # of the runs
        self.undisturbed("whole")

    def order(self, run, *flags, **options):
        """Seven checkpoints, three epochs."""
        small = {"hidden": "9,7", "batch": 50, "epochs": 3, "checkpoint-every": 2, "log-steps": f"{run}/steps.jsonl"}
        options = {**small, **{name.replace("_", "-"): value for name, value in options.items()}}
        pairs = ((f"--{name}", value) for name, value in options.items())
        return ["train", "tiny", "--out", run, *flags, *itertools.chain(*pairs)]

    def undisturbed(self, run, **options):
        self.duet(*self.order(run, **options))

    def unfinished(self, run, **options):
        """As a run that was killed in its third epoch leaves its folder."""
        self.undisturbed(run, keep=2, **options)
        self.take_the_end_away(run)

    def disturbed(self, *arguments, limit=None, **environment):
        """Runs the program; what it says is one sentence behind notes, if it fails."""
        done = subprocess.run(
            [DUET, *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, **environment},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertIn(done.returncode, EXIT_CODES, done.stderr)
        if done.returncode:
            said = re.sub(GOES_ON, "", done.stderr).split("\n")
            sentences = [line for line in said if line.startswith("duet: ")]
            self.assertEqual((len(sentences), said[-2:]), (1, [*sentences, ""]), done.stderr)
        return done

    def expect_truth(self, run):
        """Of duet verify, about files that are looked at here with hashlib alone."""
        folder = self.folder / run
        record = folder / "run.json"
        checkpoints = list(folder.glob(".checkpoints.new/*")) or list(folder.glob("checkpoints/*"))
        good = all(map(is_whole, checkpoints))
        if record.exists():
            text = record.read_bytes()
            sums = json.loads(text)["checksums"]
            own = sums.pop("run.json")
            good &= own == sha256(text.replace(own.encode(), b"0" * 64))
            good &= all(is_there_as(folder / name, expected) for name, expected in sums.items())
        elif not checkpoints:
            good = is_whole(folder / "model.safetensors")
        self.assertEqual(self.disturbed("verify", run).returncode, 0 if good else 7)

    def expect_no_litter(self, run, may_be_replacing=False):
        replacing = {f".{name}.new" for name in [*EARLY, "checkpoints"]} if may_be_replacing else set()
        for folder in (self.place, self.folder / run, self.folder / run / "checkpoints"):
            hidden = {path.name for path in folder.glob(".*")}
            self.assertLessEqual(hidden, replacing)

    def expect_whole_or_to_go_on(self, done, run, undisturbed="whole"):
        """A new run is not there, or finished, or ends like the one that nothing disturbed."""
        self.expect_no_litter(run)
        if not (self.folder / run).exists():
            self.assertNotEqual(done.returncode, 0)
            return
        self.expect_truth(run)
        if done.returncode:
            self.duet("resume", run)
        self.expect_same(run, undisturbed)
        self.expect_truth(run)
        shutil.rmtree(self.folder / run)

    def expect_earlier_or_to_go_on(self, done, run, earlier, undisturbed="whole"):
        """A run that was to be replaced is what it was, or the one in its place is."""
        now = contents(self.folder / run)
        if earlier.items() <= now.items():
            self.assertNotEqual(done.returncode, 0)
            return
        self.expect_no_litter(run, done.returncode != 0)
        self.expect_truth(run)
        if done.returncode:
            self.duet("resume", run)
            self.expect_no_litter(run)
        self.expect_same(run, undisturbed)
        self.expect_truth(run)
