"""What duet train shows while it trains: on a terminal a block that is gone at the end; a line an epoch; nothing.

usage: live_view_test.py DUET [CLASS]
"""

import re
import signal
import sys

sys.dont_write_bytecode = True
import cli
from cli import DUET, Cli, tutorial_lines
from screen import Terminal

ENDLESS = 1000000
BLOCK = (
    r"(?m)^epoch (\d+)/\d+  step \d+/3  left [^\n]+  \d+ examples/s\n"
    r"training  loss \d\.\d{4}  accuracy [01]\.\d{4}\nvalidation  loss \d\.\d{4}  accuracy [01]\.\d{4}\n[▁-█]+\n"
)


class LiveView(Cli):
    def watch(self, *options, epochs=ENDLESS, environment={}, stdout="lines", **terminal):
        """A training of `tiny` on a terminal, whose results go to a file, as after `> lines`."""
        command = [DUET, "train", "tiny", "--out", "run", "--hidden", "60,60", "--batch", 100, "--epochs", epochs]
        with open(self.folder / (stdout or "/dev/null"), "w") as file:
            watched = Terminal([*command, *options], self.folder, environment, stdout=stdout and file, **terminal)
        self.addCleanup(watched.running.wait)
        self.addCleanup(watched.running.kill)  # before that
        return watched

    def stop(self, watched, code=130):
        watched.running.send_signal(signal.SIGINT)
        self.assertEqual(watched.finish(), code)

    def lines_of_results(self):
        return tutorial_lines(self.history("run"), self.json_of("run/run.json")["test"])

    def assert_nothing_left(self, watched):
        talk = self.talk_of_training(watched.screen.text())
        self.assertRegex(
            talk, r"\A(duet: stopped after \d+ of \d+ epochs; .* kept\n)?Kept in run\n(duet: to go on: duet resume run\n)?\Z"
        )

    def test_a_block_that_is_gone_at_the_end(self):
        watched = self.watch(epochs=3000)
        first = int(watched.read_until(BLOCK)[1])
        watched.read_until(rf"(?m)^epoch (?!{first}/)")  # the same block, later
        self.assertEqual(len(re.findall("(?m)^epoch", watched.screen.text())), 1)
        self.assertEqual(watched.finish(), 0)
        self.assert_nothing_left(watched)
        self.assertEqual((self.folder / "lines").read_text(), self.lines_of_results())
        self.assertLess(watched.output.count(b"epoch "), 250)  # not drawn anew for every epoch

    def test_an_interrupt_leaves_the_terminal_clean(self):
        watched = self.watch()
        watched.read_until(BLOCK)
        self.stop(watched)
        self.assert_nothing_left(watched)

    def test_an_error_leaves_the_terminal_clean(self):
        watched = self.watch()
        watched.read_until(BLOCK)
        (self.folder / "run").rename(self.folder / "elsewhere")
        self.stop(watched, code=1)
        self.assertRegex(self.talk_of_training(watched.screen.text()), r"\A(duet: [^\n]+\n)+\Z")

    def test_the_lines_on_the_same_terminal_are_whole(self):
        watched = self.watch(stdout=None)
        watched.read_until(BLOCK)
        self.stop(watched)
        lines = self.talk_of_training(watched.screen.text())
        self.assertEqual(re.sub("(?m)^(duet:|Kept in) .*\n", "", lines), self.lines_of_results())

    def test_a_narrow_terminal_that_is_made_wider(self):
        watched = self.watch(columns=20)
        watched.read_until(r"(?m)^validation\nloss \S+\naccuracy \S+\n[▁-█]{5,}\n")
        watched.resize(80)
        watched.read_until(BLOCK)
        self.stop(watched)
        self.assert_nothing_left(watched)
        for line in watched.screen.too_long:
            self.assertRegex(line, "^(Training on|duet: stopped) ")

    def test_without_colour_and_without_utf8(self):
        watched = self.watch(environment={"NO_COLOR": "1", "LC_ALL": "C"})
        watched.read_until(r"(?m)^validation .*\n[_.~=+*#-]+\n")
        self.stop(watched)
        self.assertNotRegex(watched.output, rb"\x1b\[[0-9;]*m")
        self.assertTrue(watched.output.isascii())
        self.assert_nothing_left(watched)

    def test_none(self):
        for options, environment in [
            (["--progress", "none"], {}), (["--quiet"], {}), (["--quiet", "--progress", "plain"], {}),
            ([], {"TERM": "dumb"}), ([], {"TERM": ""}),
        ]:  # fmt: skip
            with self.subTest(options=options, environment=environment):
                watched = self.watch("--force", *options, environment=environment, epochs=100)
                self.assertEqual(watched.finish(), 0)
                self.assertNotIn(b"\x1b", watched.output)
                if "--quiet" in options:
                    self.assertEqual(watched.output, b"")
                else:
                    self.assert_nothing_left(watched)

    def test_none_where_it_is_no_terminal(self):
        lines = self.train("run", epochs=150)
        self.assertEqual(self.talk_of_training(self.stderr), "Kept in run\n")
        self.assertEqual(lines, self.lines_of_results())

    def test_a_line_an_epoch(self):
        lines = self.train("run", "--progress", "plain", "--batch", 100, epochs=3)
        self.assertEqual(lines, self.lines_of_results())
        expected = ""
        for epoch in self.history("run"):
            metrics = [
                f"loss {part['loss_of_batches']:.4f}, accuracy {part['accuracy_of_batches']:.4f}"
                for part in (epoch["train"], epoch["validation"])
            ]
            expected += rf"epoch {epoch['epoch'] + 1}/3: {', validation '.join(metrics)}, \d+ examples/s, \d+\.\d\d s, \d+ s left\n"
        self.assertRegex(self.talk_of_training(self.stderr), rf"\A{expected}Kept in run\n\Z")


if __name__ == "__main__":
    cli.main()
