"""A report as a browser shows it: drawn, legible, the same on a phone, in the dark and on paper.

usage: report_browser_test.py DUET SCREENSHOTS [CLASS]
SCREENSHOTS is a folder where what was seen is kept.
"""

import itertools
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import browser
import cli
import planted_run
from cli import Cli, main
from planted_run import learning

SCREENSHOTS = pathlib.Path(sys.argv.pop(2))
WIDE, PHONE = 1280, 390
MOST_PAGES = 4


class InBrowser(Cli):
    def setUp(self):
        super().setUp()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(browser.Browser())

    def report(self, name, *options):
        """The page of the run `run`; screenshots of it have this name."""
        self.name = name
        self.duet("report", "run", "-o", "page.html", *options)
        return self.folder / "page.html"

    def plant(self, names, right=0.8, **options):
        labels = planted_run.dataset(self.folder / "data", len(names), train=600, test=max(60, 3 * len(names)))
        answers = planted_run.answers(labels, len(names), right)
        planted_run.run(self.folder / "run", names, answers, data=self.folder / "data", **options)
        return answers

    def look(self, page, width=WIDE, scheme="light"):
        """Opens the page, keeps a screenshot, and checks what holds of every page. Returns the tab."""
        tab = self.browser.open(page, width, scheme)
        tab.screenshot(path=SCREENSHOTS / f"{self.name}-{width}-{scheme}.png", full_page=True)
        if width == WIDE:  # a phone's page has the same elements, and axe takes most of this test's time
            self.assertEqual(browser.violations(tab), [])
        self.assertEqual(tab.complaints, [])
        self.assertLessEqual(tab.evaluate("document.documentElement.scrollWidth"), width)
        self.check_figures(tab)
        return tab

    def check_figures(self, tab):
        figures = tab.evaluate(browser.DRAWN)
        self.assertGreater(len(figures), 3)
        for figure in figures:
            shapes = figure["shapes"]
            for shape in shapes:
                with self.subTest(figure=figure["label"], shape=shape):
                    self.assertGreaterEqual(min(shape["left"], shape["top"]), -0.5)
                    self.assertLessEqual(shape["right"], figure["width"] + 0.5)
                    self.assertLessEqual(shape["bottom"], figure["height"] + 0.5)
            drawn = [s for s in shapes if s["tag"] != "text" and re.search(r"\b([fs][0-5]|pixels)\b", s["classes"])]
            self.assertTrue(drawn or any(s["text"] == "There are none." for s in shapes), figure["label"])
            texts = [s for s in shapes if s["tag"] == "text" and s["text"]]
            self.assertGreater(len(texts), 0)
            for a, b in itertools.combinations(texts, 2):
                over = [min(a[high], b[high]) - max(a[low], b[low]) for low, high in (("left", "right"), ("top", "bottom"))]
                # Lines of text are a little higher than their letters.
                self.assertFalse(over[0] > 0.5 and over[1] > 4, (figure["label"], a["text"], b["text"], over))

    def paper(self, tab):
        """Prints the page; returns the number of sheets."""
        pdf = tab.pdf(path=SCREENSHOTS / f"{self.name}.pdf", prefer_css_page_size=True)
        return len(re.findall(rb"/Type\s*/Page\b", pdf))

    def check_colours(self, light, dark):
        """In the dark other colours; both legible, in the confusion matrix too."""
        colours = "(e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor])(document.body)"
        pairs = [[[int(v) for v in re.findall(r"\d+", c)] for c in tab.evaluate(colours)] for tab in (light, dark)]
        self.assertGreater(browser.luminance(pairs[0][1]), 0.8)
        self.assertLess(browser.luminance(pairs[1][1]), 0.05)
        for ink, ground in pairs:
            self.assertGreater(browser.contrast(ink, ground), 10)
        for tab in light, dark:
            for cell in tab.evaluate(browser.CELLS):
                part = cell["opacity"]
                ground = [part * c + (1 - part) * p for c, p in zip(cell["cell"], cell["paper"])]
                self.assertGreater(browser.contrast(cell["text"], ground), 3.5, cell)


class Page(InBrowser):
    def test_a_report(self):
        names = ["ant", "bee", "cat & dog", "<script>alert(1)</script>"]
        answers = self.plant(names, history=learning(12))
        page = self.report("page")
        light, dark = self.look(page), self.look(page, scheme="dark")
        self.look(page, PHONE)
        self.check_colours(light, dark)
        self.assertEqual(light.title(), "data through 16-6-4")
        labels = [figure["label"] for figure in light.evaluate(browser.DRAWN)]
        self.assertEqual(len(labels), 10, labels)
        self.assertLessEqual(self.paper(light), MOST_PAGES)

        epochs = light.evaluate(browser.UNDER_POINTER, "Loss")
        expected = [
            f"epoch {e['epoch']}\ntraining: {e['train']['loss']:.4f}\nvalidation: {e['validation']['loss']:.4f}"
            for e in self.history("run")
        ]
        self.assertEqual(epochs, expected)
        cells = light.evaluate(browser.UNDER_POINTER, "Normalized confusion")
        pairs = [(label, guess) for label, guess, _ in answers]
        of = [sum(label == i for label, _ in pairs) for i in range(4)]
        expected = [
            f"{names[i]} taken for {names[j]}: {(n := pairs.count((i, j)))} of {of[i]} ({n / of[i]:.4f})"
            for i in range(4)
            for j in range(4)
        ]
        self.assertEqual(cells, expected)


class Pages(InBrowser):
    """Of what is out of the ordinary; each at both widths, and in the dark."""

    def look_at_all(self, page):
        light, dark = self.look(page), self.look(page, scheme="dark")
        self.look(page, PHONE)
        self.check_colours(light, dark)
        self.paper(light)
        return light

    def test_mnist(self):
        folder = cli.find_mnist()
        if folder is None:
            self.skipTest("no real MNIST: DUET_DATA_PATH names no folder with one")
        self.duet("train", folder, "--out", "run", "--epochs", 3, "--hidden", 64)
        page = self.report("mnist")
        self.assertLess(page.stat().st_size, 1_000_000)
        tab = self.look_at_all(page)
        self.assertEqual(len(tab.evaluate(browser.DRAWN)), 10)
        self.assertLessEqual(self.paper(tab), MOST_PAGES)
        images = tab.evaluate("[...document.querySelectorAll('image')].map(i => i.closest('svg').ariaLabel)")
        self.assertEqual({label: images.count(label) for label in images}["The worst mistakes"], 24)

    def test_two_classes(self):
        self.plant(["a class with a name that is long", "another"])
        self.look_at_all(self.report("2-classes"))

    def test_fifteen_classes(self):
        self.plant([f"number {i}" for i in range(15)])
        self.look_at_all(self.report("15-classes"))

    def test_256_classes(self):
        self.plant([f"class {i}" for i in range(256)])
        self.look_at_all(self.report("256-classes"))

    def test_names_of_every_script(self):
        self.plant(["WWWWWWWWWWWWWWWWWWWW", "数字の名前はとても長いです", "שלום", "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "é" * 30])
        self.look_at_all(self.report("names"))

    def test_one_epoch_without_mistakes(self):
        self.plant(["a", "b", "c"], right=2, history=learning(1))
        self.look_at_all(self.report("one-epoch"))

    def test_5000_epochs(self):
        self.plant(["a", "b", "c"], history=learning(5000))
        self.look_at_all(self.report("5000-epochs"))

    def test_diverged_without_test(self):
        history = [planted_run.epoch(0, 2.0, 0.5), planted_run.epoch(1, None, 0.3)]
        planted_run.run(self.folder / "run", ["a", "b"], history=history, record={"stopped_at": 5})
        page = self.report("diverged")
        self.look(page)
        self.look(page, PHONE)

    def test_still_being_written(self):
        (self.folder / "run").mkdir()
        planted_run.write_history(self.folder / "run", learning(2))
        page = self.report("still-written")
        tab = self.browser.open(page, PHONE, "dark")
        self.assertEqual(browser.violations(tab), [])
        self.assertEqual(tab.evaluate("document.querySelectorAll('svg polyline').length"), 4)


main()
