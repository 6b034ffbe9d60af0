"""PNG from SVG, by rasterize() and its helper program. Arguments: svg_to_png; duet-rasterize, or none."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import planted
from cli import main

PROGRAM = sys.argv[1]
HELPER = sys.argv.pop(2)

RED, WHITE = (255, 0, 0), (255, 255, 255)
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" viewBox="0 0 60 40">
<rect x="10" y="5" width="20" height="20" fill="#ff0000"/>
<text x="32" y="35" font-family="DejaVu Sans, sans-serif" font-size="10">{}</text></svg>"""


class Folder(unittest.TestCase):
    """The program in a folder, with a helper beside it or none."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        shutil.copy(PROGRAM, self.folder / "program")

    def script(self, body):
        (self.folder / "duet-rasterize").write_text("#!/bin/sh\n" + body)
        (self.folder / "duet-rasterize").chmod(0o755)

    def run_program(self, svg, scale="1"):
        return subprocess.run([self.folder / "program", scale], input=svg, capture_output=True, timeout=60)

    def refused(self, sentence, svg=b"<svg/>", scale="1"):
        done = self.run_program(svg, scale)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertRegex(done.stderr.decode(), rf"\A{sentence}\n\Z")


class Program(Folder):
    def test_a_helper_that_is_missing(self):
        self.refused(
            f"the program duet-rasterize is missing from {self.folder}; it makes PNG from SVG: "
            "install the Debian package librsvg2-dev and build Duet again"
        )

    def test_a_helper_that_cannot_be_started(self):
        (self.folder / "duet-rasterize").write_text("")
        self.refused(f"{self.folder}/duet-rasterize: cannot be started: Permission denied")

    def test_all_that_it_writes_comes_back_however_long_it_waits_with_reading(self):
        self.script('head -c 1000000 /dev/zero; cat; printf "%s" "$*"')
        svg = bytes(range(256)) * 4000
        self.assertEqual(self.run_program(svg, "2.5").stdout, bytes(1000000) + svg + b"2.5")

    def test_reasons(self):
        self.script("printf 'no ink'; exit 1")
        self.refused("a picture cannot be made: no ink")
        self.script("kill -9 $$")
        self.refused("a picture cannot be made: duet-rasterize ended without an answer")


class Picture(Folder):
    def setUp(self):
        super().setUp()
        if HELPER == "none":
            self.skipTest("duet-rasterize was not built (Debian package librsvg2-dev)")
        (self.folder / "duet-rasterize").symlink_to(HELPER)

    def picture(self, text, scale):
        done = self.run_program(SVG.format(text).encode(), scale)
        self.assertEqual(done.stderr, b"")
        return planted.read_png(done.stdout)

    def test_has_the_pixels_of_the_svg(self):
        for scale in 1, 2:
            width, height, rows = self.picture("", str(scale))
            self.assertEqual((width, height), (60 * scale, 40 * scale))
            red = [(x // scale, y // scale) for y in range(height) for x in range(width) if rows[y][x] == RED]
            white = sum(row.count(WHITE) for row in rows)
            self.assertEqual(len(red), 400 * scale**2)
            self.assertEqual(len(red) + white, width * height)
            self.assertEqual((min(red), max(red)), ((10, 5), (29, 24)))

    def test_has_text(self):
        words = [self.picture(text, "2")[2] for text in ("", "I", "MMM")]
        dark = [sum(max(pixel) < 128 for row in rows for pixel in row) for rows in words]
        self.assertLess(dark[0] + 10, dark[1])
        self.assertLess(dark[1] * 3, dark[2])

    def test_a_size_that_is_a_fraction_is_rounded_up(self):
        self.assertEqual(self.picture("", "0.26")[:2], (16, 11))

    def test_an_svg_that_is_none(self):
        self.refused("a picture cannot be made: XML parse error: .+", b"<svg")
        self.refused("a picture cannot be made: XML parse error: .+", b"{}")
        relative = SVG.replace('"60"', '"60%"').encode()
        self.refused("a picture cannot be made: its width and height are not in pixels", relative)
        self.refused("a picture cannot be made: 6000000 x 4000000 pixels cannot be", SVG.encode(), "1e5")


main()
