"""Pages in a real browser: Debian's chromium-headless-shell, driven by Playwright, and judged by axe."""

import shutil
import unittest

CHROMIUM = shutil.which("chromium-headless-shell")
try:
    from axe_core_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    missing = None if CHROMIUM else "no chromium-headless-shell (the Debian package of that name)"
except ImportError as error:
    missing = f"{error} (PyPI packages playwright and axe-core-python)"

# What is drawn in each figure, in the figure's units.
DRAWN = """() => [...document.querySelectorAll('svg.chart')].map(svg => {
  const box = svg.viewBox.baseVal, inverse = svg.getScreenCTM().inverse();
  const shapes = [...svg.querySelectorAll('line,polyline,rect,circle,image,text')].map(shape => {
    const b = shape.getBBox(), m = inverse.multiply(shape.getScreenCTM());
    const corners = [[b.x, b.y], [b.x + b.width, b.y + b.height]].map(([x, y]) => new DOMPoint(x, y).matrixTransform(m));
    const xs = corners.map(p => p.x), ys = corners.map(p => p.y);
    return {tag: shape.tagName, classes: shape.getAttribute('class') || '', text: shape.textContent,
            left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys)};
  });
  return {label: svg.getAttribute('aria-label'), width: box.width, height: box.height, shapes};
})"""

# The title under each point of the first line of a figure, and under the middle of each cell's number.
UNDER_POINTER = """label => {
  const svg = [...document.querySelectorAll('svg.chart')].find(s => s.getAttribute('aria-label').startsWith(label));
  const line = svg.querySelector('polyline');
  const places = line
    ? [...line.points].map(p => [p.x, p.y])
    : [...svg.querySelectorAll('text')].filter(t => /^\\d\\.\\d{4}$/.test(t.textContent)).map(t => {
        const b = t.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; });
  return places.map(([x, y]) => {
    svg.scrollIntoView({block: 'center'});
    const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    for (let e = document.elementFromPoint(p.x, p.y); e; e = e.parentElement) {
      const title = e.querySelector(':scope > title');
      if (title) return title.textContent;
    }
    return null;
  });
}"""

# Of every number in a cell of the confusion matrix: its colour, and those that make the ground behind it.
CELLS = """() => {
  const colour = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const svg = document.querySelector('svg[aria-label^="Normalized confusion"]');
  const paper = colour(getComputedStyle(svg.parentElement).backgroundColor);
  return [...svg.querySelectorAll('rect.cell + text')].map(text => {
    const cell = text.previousElementSibling;
    return {text: colour(getComputedStyle(text).fill), cell: colour(getComputedStyle(cell).fill), paper,
            opacity: Number(cell.getAttribute('fill-opacity') ?? 1)};
  });
}"""


def luminance(colour):
    """Of red, green, blue up to 255: WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


class Browser:
    """One for all tests of a class, which enters it with `enterClassContext`."""

    def __enter__(self):
        if missing:
            raise unittest.SkipTest(missing)
        self.playwright = sync_playwright().start()
        # The sandbox needs rights that root or a container does not have, and /dev/shm is small or not there in one; only
        # our own pages are opened.
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        self.chromium = self.playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self.playwright.stop()

    def open(self, path, width=1280, scheme="light"):
        """A tab with the page. Its `complaints` are what the console says, and what it asks the network for."""
        context = self.chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(100_000)  # on a busy machine a screenshot can take longer than Playwright's 30 s
        tab = context.new_page()
        tab.complaints = []
        tab.on("console", lambda message: tab.complaints.append(message.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        address = path.resolve().as_uri()
        tab.on("request", lambda r: r.url in (address,) or r.url.startswith("data:") or tab.complaints.append(r.url))
        tab.goto(address)
        return tab


def violations(tab):
    """What axe finds wrong: rule and elements."""
    return [(v["id"], [node["html"] for node in v["nodes"]]) for v in Axe().run(tab)["violations"]]
