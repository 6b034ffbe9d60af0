"""What the package tensorboard reads of --tensorboard. Arguments: the program; tensorboard_helper."""

import io
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import planted
from cli import DUET, Cli, main
from planted import CLASSES, SIZE

HELPER = str(pathlib.Path(sys.argv.pop(2)).resolve())
PNG = planted.png([[0, 64, 128], [255, 192, 1]])

try:
    import numpy
    import PIL.Image  # which tensorboard needs
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
except ImportError:
    EventAccumulator = None


class TensorBoard(Cli):
    def setUp(self):
        super().setUp()
        if EventAccumulator is None:
            self.skipTest("the package tensorboard is not installed; tools/check takes it from PyPI")

    def events(self, folder):
        """All that TensorBoard accumulates of a folder."""
        everything = EventAccumulator(str(self.folder / folder), size_guidance=dict.fromkeys(["scalars", "images"], 0))
        return everything.Reload()

    def scalars(self, folder):
        """(step, value) of each, by tag."""
        events = self.events(folder)
        return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}

    def helper(self, folder, code=0):
        done = subprocess.run([HELPER, folder], cwd=self.folder, input=PNG, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr.decode()


class EventFile(TensorBoard):
    def test_scalars_are_those_that_were_given(self):
        self.helper("new/folder")
        f = numpy.float32
        found = self.scalars("new/folder")
        (last, value) = found["step/loss"].pop()
        self.assertEqual(last, 3)
        self.assertTrue(numpy.isnan(value))
        self.assertEqual(found, {
            "step/loss": [(1, f(0.1)), (2, f(-1e30))],
            "step/accuracy": [(1, f(0.75)), (2, 0), (3, f(1 / 3))],
            "train/loss": [(3, 0.5)],
            "train/accuracy": [(3, 0.25)],
            "learning_rate": [(3, f(1e-3))],
            "examples_per_second": [(3, f(5e6))],
        })

    def test_a_picture_comes_back(self):
        self.helper("new")
        events = self.events("new")
        self.assertEqual(events.Tags()["images"], ["a/picture"])
        (image,) = events.Images("a/picture")
        self.assertEqual((image.step, image.width, image.height, image.encoded_image_string), (3, 3, 2, PNG))

    def test_the_time_of_an_epoch_is_spread_over_its_steps(self):
        self.helper("new")
        (path,) = (self.folder / "new").iterdir()
        times = [event.wall_time for event in EventFileLoader(str(path)).Load()]
        self.assertEqual((len(times), times), (6, sorted(times)))
        self.assertGreater(times[2] - times[1], 0.009)
        self.assertAlmostEqual(times[2] - times[1], times[3] - times[2], places=5)

    def test_what_was_written_before_a_kill_is_read(self):
        self.helper("whole")
        (path,) = (self.folder / "whole").iterdir()
        content = path.read_bytes()
        ends, position = [], 0
        while position < len(content):
            position += int.from_bytes(content[position : position + 8], "little") + 16
            ends.append(position)
        self.assertEqual((len(ends), ends[-1]), (6, len(content)))
        for cut in range(len(content)):
            path.write_bytes(content[:cut])
            read = len(list(EventFileLoader(str(path)).Load()))
            self.assertEqual(read, sum(end <= cut for end in ends), cut)

    def test_nothing_of_others_is_touched(self):
        (self.folder / "mine").mkdir()
        (self.folder / "mine/notes.txt").write_text("mine")
        self.helper("mine")
        self.helper("mine")
        names = sorted(path.name for path in (self.folder / "mine").iterdir())
        self.assertEqual((len(names), names[-1]), (3, "notes.txt"))
        for name in names[:-1]:
            self.assertRegex(name, r"\Aevents\.out\.tfevents\.\d{10}\..*\.\d+\.0\Z")

    def test_a_folder_that_cannot_be(self):
        self.assertEqual(
            self.helper("/proc/duet", code=1), "cannot write /proc/duet: No such file or directory\n"
        )
        (self.folder / "file").write_text("mine")
        sentence = r"\A--tensorboard: cannot write file/events\.out\.tfevents\..*: Not a directory\n\Z"
        self.assertRegex(self.helper("file", code=1), sentence)


class Train(TensorBoard):
    def test_every_number_is_there(self):
        self.train("run", "--tensorboard", "board/deep", "--log-steps", "steps.jsonl", "--batch", 32, epochs=3)
        found, f = self.scalars("board/deep"), numpy.float32
        logged = [json.loads(line) for line in (self.folder / "steps.jsonl").read_text().splitlines()]
        self.assertEqual(len(logged), 24)  # 250 examples an epoch
        expected = {f"step/{name}": [(line["step"], f(line[name])) for line in logged] for name in ("loss", "accuracy")}
        for name in ("learning_rate", "examples_per_second"):
            expected[name] = [(8 * i, f(epoch[name])) for i, epoch in enumerate(self.history("run"), 1)]
        for part in ("train", "validation"):
            for name in ("loss", "accuracy"):
                values = [(8 * i, f(epoch[part][name])) for i, epoch in enumerate(self.history("run"), 1)]
                expected[f"{part}/{name}"] = values
        self.assertEqual(found, expected)

    def test_pictures(self):
        self.train("run", "--tensorboard", "board", "--batch", 125)
        events = self.events("board")
        if not pathlib.Path(DUET).with_name("duet-rasterize").exists():
            reason = "--tensorboard gets no picture 'examples': the program duet-rasterize is missing"
            self.assertIn(reason, self.stderr)
            self.assertEqual(events.Tags()["images"], [])
            self.skipTest("duet-rasterize was not built (Debian package librsvg2-dev)")
        self.assertEqual(self.talk_of_training(self.stderr), "Kept in run\n")
        for tag, step in [("examples", 0), ("test/confusion", 4)]:
            (image,) = events.Images(tag)
            with PIL.Image.open(io.BytesIO(image.encoded_image_string)) as picture:
                picture.load()
                self.assertEqual((image.step, image.width, image.height), (step, *picture.size))

    def test_a_training_that_never_began_leaves_nothing(self):
        (self.folder / "taken").write_text("mine")
        self.train("run", "--tensorboard", "board/deep", "--log-steps", "taken", code=1)
        self.assertFalse((self.folder / "board").exists())

    def test_a_loss_that_is_not_finite_is_shown(self):
        (self.folder / "huge.safetensors").write_bytes(
            planted.safetensors(planted.weights((SIZE * SIZE, SIZE * SIZE, CLASSES), 1e30))
        )
        options = ["--out", "run", "--init-from", "huge.safetensors", "--tensorboard", "board"]
        self.duet("train", "tiny", *options, code=6)
        found = self.scalars("board")
        self.assertEqual(found.keys(), {"step/loss", "step/accuracy"})
        self.assertFalse(numpy.isfinite(found["step/loss"][0][1]))



main()
