"""A program on a terminal of its own, and what is to be seen there: as many escape sequences as Duet writes."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios


class Screen:
    """Lines that have scrolled away are kept, and those that are too long stay in one piece."""

    def __init__(self, columns):
        self.columns, self.lines, self.row, self.column = columns, [""], 0, 0
        self.too_long = []  # the beginnings of such lines
        self.left = b""  # the beginning of a sequence or a character

    def show(self, output):
        text = (self.left + output).decode(errors="surrogateescape")
        whole = re.match(r"(?s)(\x1b\[[0-9;]*[A-Za-z]|[^\x1b\udc80-\udcff])*", text)[0]
        self.left = text[len(whole):].encode(errors="surrogateescape")
        for number, letter, character in re.findall(r"(?s)\x1b\[([0-9;]*)([A-Za-z])|(.)", whole):
            self.write(character) if character else self.obey(letter, int(number or 1) if letter == "A" else number)

    def write(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        else:
            if self.column == self.columns:
                self.too_long.append(self.lines[self.row])
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    def obey(self, letter, number):
        if letter == "A":
            self.row = max(0, self.row - number)
        elif letter in "KJ" and not number:
            self.lines[self.row] = self.lines[self.row][: self.column]
            if letter == "J":
                del self.lines[self.row + 1 :]
        elif letter != "m":
            raise AssertionError(f"Duet wrote the sequence {number}{letter}")

    def text(self):
        return "\n".join(self.lines)


class Terminal:
    """`command`, with its standard error on a terminal, and its standard output too unless `stdout` is given."""

    def __init__(self, command, folder, environment, columns=80, rows=24, stdout=None):
        self.screen, self.output = Screen(columns), b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": "", **environment}
        self.running = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment, stdout=stdout or slave, stderr=slave
        )
        os.close(slave)

    def resize(self, columns, rows=24):
        self.screen.columns = columns
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def read(self):
        """What came next; nothing at the end."""
        try:
            output = os.read(self.master, 65536)
        except OSError:  # how a terminal tells that the last who had it open is gone
            output = b""
        self.output += output
        self.screen.show(output)
        return output

    def read_until(self, pattern):
        """The match of `pattern` with what is on the screen."""
        while not (found := re.search(pattern, self.screen.text())):
            if not self.read():
                raise AssertionError(f"{pattern} never came:\n{self.screen.text()}")
        return found

    def finish(self):
        """The exit code."""
        while self.read():
            pass
        os.close(self.master)
        return self.running.wait()
