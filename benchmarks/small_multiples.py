"""Plots side by side in one SVG, all axes logarithmic. Colours are of middle lightness, for white and for dark pages."""

import html
import math
from dataclasses import dataclass

WIDTH, HEADER, ROW = 960, 96, 270  # of the picture, of what stands above the panels, of a row of panels
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 28, 60  # from the edges of a panel to its plot
BLUE, GREY = "#1585cc", "#797979"


@dataclass
class Panel:
    title: str
    x_title: str
    points: list  # (x, y, upper y): a dot at y, and a whisker
    guide: list  # (x, y), dashed


def small_multiples(title, subtitle, legend, y_title, panels):
    """legend: what dots, whiskers and dashes mean."""
    rows = math.ceil(len(panels) / 3)
    columns = math.ceil(len(panels) / rows)
    width, height = WIDTH / columns, HEADER + rows * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        f' font-size="12" fill="{GREY}">',
        text(20, 30, title, 'font-size="18" font-weight="bold"'),
        text(20, 51, subtitle),
        *(curve([(20, 72), (48, 72)]), dot(34, 72), text(56, 76, legend[0])),
        *(whisker(236, 64, 80), text(246, 76, legend[1])),
        *(dashes([(420, 72), (448, 72)]), text(456, 76, legend[2])),
    ]
    for i, panel in enumerate(panels):
        corner = f"{i % columns * width:g} {HEADER + i // columns * ROW}"
        parts += [f'<g transform="translate({corner})">', *draw(panel, width, y_title), "</g>"]
    return "\n".join(parts) + "\n</svg>\n"


def draw(panel, width, y_title):
    right, floor = width - RIGHT, ROW - BOTTOM
    xs = [x for x, _, _ in panel.points]
    ys = [y for point in panel.points + panel.guide for y in point[1:]]
    ticks = round_numbers(min(ys), max(ys))

    def place(x, y):
        x_share, y_share = share(x, min(xs), max(xs)), share(y, ticks[0], ticks[-1])
        return LEFT + 14 + x_share * (right - LEFT - 28), floor - y_share * (floor - TOP)

    yield text(LEFT, TOP - 14, panel.title, 'font-size="14" font-weight="bold"')
    yield text((LEFT + right) / 2, floor + 40, panel.x_title, 'text-anchor="middle"')
    yield text(-(TOP + floor) / 2, 18, y_title, 'text-anchor="middle" transform="rotate(-90)"')
    for tick in ticks:
        _, y = place(xs[0], tick)
        yield line(LEFT, y, right, y, opacity=0.25)
        yield text(LEFT - 8, y + 4, short(tick), 'text-anchor="end"')
    places = [place(x, ticks[0])[0] for x in xs]
    for i, (x, at) in enumerate(zip(xs, places)):
        yield line(at, floor, at, floor + 4)
        if i % sparseness(xs, places) == 0:
            yield text(at, floor + 18, short(x), 'text-anchor="middle"')
    yield dashes([place(x, y) for x, y in panel.guide])
    yield curve([place(x, y) for x, y, _ in panel.points])
    for x, y, upper in panel.points:
        yield whisker(*place(x, y), place(x, upper)[1])
        yield dot(*place(x, y))


def share(value, low, high):
    return math.log(value / low) / math.log(high / low)


def round_numbers(low, high):
    """From just below to just above; no more than eight, or powers of ten."""
    for digits in (1, 1.5, 2, 3, 4, 6, 8), (1, 2, 5), (1,):
        numbers = [digit * 10.0**power for power in range(-9, 9) for digit in digits]
        around = [n for before, n, after in zip(numbers, numbers[1:], numbers[2:]) if after > low and before < high]
        if len(around) <= 8:
            break
    return around


def sparseness(values, places):
    """Every how many labels have room beside each other."""
    for every in range(1, len(values)):
        shown = list(zip(values, places))[::every]
        halves = [(at, 4 * len(short(value))) for value, at in shown]
        if all(a + half_a + 6 < b - half_b for (a, half_a), (b, half_b) in zip(halves, halves[1:])):
            return every
    return len(values)


def short(number):
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= unit and number % (unit / 10) == 0:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"


def text(x, y, words, style=""):
    return f'<text x="{x:g}" y="{y:g}" {style}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2, opacity=1):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GREY}" stroke-opacity="{opacity}"/>'


def polyline(points, style):
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" {style}/>'


def curve(points):
    return polyline(points, f'stroke="{BLUE}" stroke-width="1.5"')


def dashes(points):
    return polyline(points, f'stroke="{GREY}" stroke-dasharray="5 4"')


def whisker(x, y, upper):
    return polyline([(x, y), (x, upper)], f'stroke="{BLUE}" stroke-width="1.5" stroke-opacity=".6"')


def dot(x, y):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{BLUE}"/>'
