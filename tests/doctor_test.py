"""duet doctor: what it says of this machine, and of DUET_ISA.

usage: doctor_test.py DUET [CLASS]
"""

import json
import sys

sys.dont_write_bytecode = True
import cli
from cli import Cli


class Doctor(Cli):
    def doctor(self, environment=""):
        """The table, and the CPU's entry of --json."""
        table, devices = (self.shell(f"{environment} duet doctor {option}") for option in ("", "--json"))
        self.assertEqual((table.returncode, table.stderr, devices.returncode), (0, "", 0))
        self.report = json.loads(devices.stdout)
        return table.stdout, next(device for device in self.report["devices"] if device["device"] == "cpu")

    def test_says_which_instruction_set_is_in_use(self):
        table, cpu = self.doctor("DUET_ISA=")
        sets, in_use = cpu["instruction sets"].split(" (")
        self.assertEqual(in_use, f"in use: {sets.split(', ')[-1]})")
        self.assertIn("--device auto takes cpu: no usable GPU was found", table)

    def test_says_what_caps_it(self):
        _, uncapped = self.doctor("DUET_ISA=")
        sets = uncapped["instruction sets"].split(" (")[0]
        table, cpu = self.doctor("DUET_ISA=baseline")
        capped = ", capped by DUET_ISA=baseline" if ", " in sets else ""
        self.assertEqual(cpu["instruction sets"], f"{sets} (in use: baseline{capped})")
        self.assertIn(cpu["instruction sets"], table)

    def test_shows_what_is_wrong_with_the_cap(self):
        _, good = self.doctor("DUET_ISA=")
        table, cpu = self.doctor("DUET_ISA=sse9")
        self.assertFalse(cpu["usable"])
        self.assertEqual(cpu["what"], "DUET_ISA is 'sse9'; it takes baseline, avx2 or avx512")
        self.assertEqual(cpu["threads"], good["threads"])
        self.assertIn(f"cpu   {cpu['what']}\n", table)
        self.assertIn("--device auto takes none: no device can be used", table)
        self.assertIsNone(self.report["auto"])


if __name__ == "__main__":
    cli.main()
