"""history.csv has the numbers of history.jsonl. Argument: the program."""

import csv
import sys

sys.dont_write_bytecode = True
import planted
from cli import Cli, main

try:
    import pandas
except ImportError:
    pandas = None


class History(Cli):
    def test_every_number_is_in_the_table(self):
        self.train("run")
        with open(self.folder / "run/history.csv", newline="") as file:
            table = list(csv.DictReader(file))
        for epoch, cells in zip(self.history("run"), table, strict=True):
            flat = dict(epoch)
            for part in "train", "validation":
                flat |= {f"{part}_{name}": value for name, value in flat.pop(part).items()}
            self.assertEqual({name: float(cell) for name, cell in cells.items()}, flat)

    def test_pandas_reads_both_alike(self):
        if pandas is None:
            self.skipTest("pandas is not installed (Debian package python3-pandas)")
        planted.dataset(self.folder / "few", train=5)  # too few to have some for validation
        for data, validated in [("tiny", True), ("few", False)]:
            self.duet("train", data, "--out", f"{data}-run", "--hidden", "9", "--epochs", 3)
            table = pandas.read_csv(self.folder / f"{data}-run/history.csv", float_precision="round_trip")
            self.assertEqual(list(table["epoch"]), [0, 1, 2])
            validation = [name for name in table if name.startswith("validation_")]
            self.assertEqual(list(table[validation].notna().all()), [validated] * 4)
            lines = pandas.read_json(self.folder / f"{data}-run/history.jsonl", lines=True, precise_float=True)
            flat = pandas.json_normalize(lines.to_dict("records"), sep="_")
            if not validated:
                table, flat = table.drop(columns=validation), flat.drop(columns="validation")
            pandas.testing.assert_frame_equal(table, flat, check_like=True, check_exact=True)


main()
