"""duet plot: every picture, alone.

usage: plot_test.py DUET RASTERIZE [CLASS]
RASTERIZE is duet-rasterize, or none where it was not built.
"""

import struct
import sys
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
import cli
import planted
import planted_run
from cli import Cli, main
from planted_run import learning
from report_page import Page

RASTERIZE = sys.argv.pop(2)
KINDS = "examples classes activations loss accuracy per-class confusion calibration mistakes weights".split()
NAMES = ["ant", "b<e>e", "cat & \"dog\""]


class Plot(Cli):
    def setUp(self):
        super().setUp()
        labels = planted_run.dataset(self.folder / "data", 3)
        self.answers = planted_run.answers(labels, 3)
        planted_run.run(self.folder / "run", NAMES, self.answers, data=self.folder / "data")

    def figure(self, source, kind, *options):
        self.duet("plot", source, kind, "-o", "figure.svg", "--force", *options)
        text = (self.folder / "figure.svg").read_text("utf-8")
        ElementTree.fromstring(text)  # is XML
        (figure,) = Page(text).figures.values()
        return figure

    def refused(self, sentence, *arguments, code):
        self.duet("plot", *arguments, code=code)
        self.assertRegex(self.stderr, rf"\Aduet: {sentence}\n")


class Kinds(Plot):
    def test_each_is_the_one_of_the_report(self):
        self.duet("report", "run", "-o", "page.html")
        page = Page((self.folder / "page.html").read_text("utf-8"))
        for kind in KINDS:
            figure = self.figure("run", kind)
            if kind in ("examples", "classes"):  # of all training data, and with the data's own names
                self.assertEqual(len(figure.titles), {"examples": 9, "classes": 6}[kind])
                continue
            self.assertEqual(figure.titles, page.figures[figure.label].titles)
            self.assertEqual(figure.texts, page.figures[figure.label].texts)

    def test_of_data_and_of_a_model(self):
        self.assertEqual(self.figure("data", "examples").texts[1:], ["0", "1", "2"] * 3)
        self.assertEqual(len(self.figure("data", "classes").titles), 6)
        self.assertEqual(len(self.figure("good", "weights").titles), planted.CLASSES)
        self.assertEqual(self.figure("good", "activations").texts[0], "Activation functions")

    def test_mistakes_among_training_rows(self):
        pictures = []
        for name, shade in ("dark", 0), ("light", 255):  # the pictures of the test files, which nobody asks for
            planted.dataset(self.folder / name)
            file = self.folder / name / planted.FILES["test", "images"]
            file.write_bytes(file.read_bytes()[:16] + bytes([shade] * (60 * planted.SIZE**2)))
            options = ["--hidden", 8, "--epochs", 1, "--test", "train[200:300]"]
            self.duet("train", name, "--out", f"{name} run", *options)
            self.figure(f"{name} run", "mistakes")
            pictures.append((self.folder / "figure.svg").read_text("utf-8"))
        self.assertEqual(*pictures)

    def test_edges(self):
        for name, history in ("one", learning(1)), ("none", learning(2, validated=False)), ("long", learning(5000)):
            planted_run.run(self.folder / name, NAMES, history=history)
            for kind in "loss", "accuracy":
                self.assertGreater(len(self.figure(name, kind).titles), 0)
        lost = [planted_run.epoch(0, None, 0.5)]
        planted_run.run(self.folder / "lost", NAMES, history=lost)
        self.assertEqual(self.figure("lost", "loss").titles, ["epoch 0\ntraining: none\nvalidation: none"])


class Mnist(Cli):
    def test_first_digits_and_counts(self):
        if (folder := cli.find_mnist()) is None:
            self.skipTest("no real MNIST: DUET_DATA_PATH names no folder with one")
        figures = []
        for kind in "examples", "classes":
            self.duet("plot", "mnist", kind, "-o", f"{kind}.svg", "--data-dir", folder.parent)
            figures += Page((self.folder / f"{kind}.svg").read_text("utf-8")).figures.values()
        self.assertEqual(figures[0].texts[1:], list("504192131"))
        train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        counts = [title.split(" of ")[0] for title in figures[1].titles]
        self.assertEqual(counts, [f"{i % 10}: {n:,}" for i, n in enumerate(train + test)])
        shown = [text for text in figures[1].texts if text in map(str, train + test)]
        self.assertEqual(shown, [str(n) for n in train + test])


class Refusals(Plot):
    def test_usage(self):
        for arguments in (["run"], ["run", "nonsense", "-o", "x.svg"], ["run", "loss"]):
            self.duet("plot", *arguments, code=2)
        for name in "x.gif", "x", "svg":
            self.refused(rf"-o: {name} ends in neither \.svg nor \.png.*", "run", "loss", "-o", name, code=2)
        for source, kind in (("data", "loss"), ("good", "confusion"), ("good", "classes"), ("data", "weights")):
            self.refused(f"'{kind}' is drawn of .+ {source} is .+", source, kind, "-o", "x.svg", code=2)
        self.assertFalse((self.folder / "x.svg").exists())

    def test_what_is_not_there(self):
        planted_run.run(self.folder / "bare", NAMES, history=[])
        for kind, sentence in (
            ("loss", "bare has no history: no epoch has ended"),
            ("per-class", "bare has no test predictions: .+"),
            ("mistakes", "bare has no test predictions: .+"),
            ("examples", "run.json does not say where its data is; name it with --data."),
        ):
            self.refused(sentence, "bare", kind, "-o", "x.svg", code=3)
        (self.folder / "bare/model.safetensors").unlink()
        self.refused("bare has no model yet", "bare", "weights", "-o", "x.svg", code=3)
        self.refused(".*nowhere.+", "nowhere", "examples", "-o", "x.svg", code=3)
        self.refused(".+its checksum is another", "run", "mistakes", "--data", "tiny", "-o", "x.svg", code=3)
        self.assertFalse((self.folder / "x.svg").exists())

    def test_a_file_in_the_way(self):
        (self.folder / "x.svg").write_text("mine")
        self.refused("-o: x.svg exists already: .+", "run", "loss", "-o", "x.svg", code=1)
        self.assertEqual((self.folder / "x.svg").read_text(), "mine")
        (self.folder / "y.svg").mkdir()
        self.refused("-o: y.svg is a folder; .+", "run", "loss", "-o", "y.svg", code=1)
        self.refused(".*no/x.svg.*", "run", "loss", "-o", "no/x.svg", code=1)


class Png(Plot):
    def test_two_pixels_for_a_unit(self):
        if RASTERIZE == "none":
            self.skipTest("duet-rasterize is not built (Debian package librsvg2-dev)")
        for kind in "confusion", "mistakes", "weights":
            self.duet("plot", "run", kind, "-o", "figure.svg", "--force")
            self.duet("plot", "run", kind, "-o", "figure.png", "--force")
            root = ElementTree.fromstring((self.folder / "figure.svg").read_text("utf-8"))
            png = (self.folder / "figure.png").read_bytes()
            width, height = struct.unpack(">II", png[16:24])
            self.assertLessEqual(abs(width - 2 * float(root.get("width"))), 1)
            self.assertLessEqual(abs(height - 2 * float(root.get("height"))), 1)
        _, _, rows = planted.read_png(png)  # of the smallest of them
        self.assertEqual(rows[0][0], (255, 255, 255))
        colours = {pixel for row in rows for pixel in row}
        self.assertLess({(255, 255, 255), (128, 128, 128)}, colours)  # the paper, and weights of 0


main()
