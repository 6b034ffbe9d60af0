"""What a reader finds in a report, or in a figure alone."""

import html.parser
import re


class Figure:
    def __init__(self, label):
        self.label, self.titles, self.texts = label, [], []


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.tables, self.figures, self.notes = {}, {}, []  # tables: caption -> rows of cells, the head first
        self.title = self.command = self.text = ""
        self.facts = {}  # the numbers on top: name -> value
        self.open = []
        self.figure = self.cell = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        values = dict(attributes)
        self.open.append((tag, values.get("class") or ""))
        if tag == "svg":
            self.figure = self.figures[values["aria-label"]] = Figure(values["aria-label"])
        elif "scroll" in self.open[-1][1]:
            self.rows = self.tables[values["aria-label"]] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif self.open[-1] == ("p", "note"):
            self.notes.append("")
        elif tag == "title" and self.figure:
            self.figure.titles.append("")
        elif tag == "text":
            self.figure.texts.append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag == "svg":
            self.figure = None

    def handle_data(self, data):
        tag, classes = self.open[-1] if self.open else ("", "")
        if tag == "style":
            return
        self.text += data
        if tag == "title" and self.figure:
            self.figure.titles[-1] += data
        elif tag == "text":
            self.figure.texts[-1] += data
        elif tag == "title":
            self.title += data
        elif tag in ("td", "th"):
            self.rows[-1][-1] += data
        elif (tag, classes) == ("p", "note"):
            self.notes[-1] += data
        elif any(name == "pre" for name, _ in self.open):
            self.command += data
        elif tag == "dt":
            self.fact = data
        elif tag == "dd":
            self.facts[self.fact] = data
        elif tag == "small":
            self.facts[self.fact + ": small"] = data

    def table(self, caption):
        """Rows without the head."""
        return self.tables[caption][1:]

    def titles(self, label, pattern):
        """The groups of what matches in each title of the figure whose label begins so."""
        figure = next(figure for name, figure in self.figures.items() if name.startswith(label))
        return [match.groups() for title in figure.titles if (match := re.fullmatch(pattern, title))]
