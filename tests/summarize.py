"""Says how many tests of each label ran, why others were skipped, and whether too few ran.

usage: summarize.py JUNIT_XML CTEST_JSON EXPECTED_COUNTS

JUNIT_XML comes from `ctest --output-junit`, CTEST_JSON from `ctest --show-only=json-v1` (which knows the labels).
A line of EXPECTED_COUNTS is a label and its smallest number of tests. A skipped test has said what this machine lacks,
so it counts too; but not under continuous integration (CI=true) that has all data, where such a test should run.
"""

import collections
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree


def labels_of_tests(ctest_json):
    labels = {}
    for test in json.load(open(ctest_json))["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels[test["name"]] = properties.get("LABELS", ["(no label)"])
    return labels


def skip_reason(output):
    # GoogleTest: "FILE:LINE: Skipped", then the message. Scripts: "skipped: MESSAGE".
    found = re.search(r": Skipped\n(.+)", output) or re.search(r"^skipped: (.+)", output, re.MULTILINE)
    return found.group(1) if found else "no reason given"


def expected_counts(path):
    lines = [line.split("#")[0].split() for line in open(path)]
    return {label: int(minimum) for label, minimum in filter(None, lines)}


def main(junit_xml, ctest_json, expected_path):
    labels = labels_of_tests(ctest_json)
    ran, skipped = collections.Counter(), collections.Counter()
    reasons = collections.Counter()
    for case in ElementTree.parse(junit_xml).iter("testcase"):
        skip = case.find("skipped") is not None
        for label in labels[case.get("name")]:
            (skipped if skip else ran)[label] += 1
        if skip:
            reasons[skip_reason(case.findtext("system-out") or "")] += 1

    strict = os.environ.get("CI") == "true" and {"DUET_DATA_PATH", "DUET_GOLDEN_PATH"} <= os.environ.keys()
    expected = expected_counts(expected_path)
    too_few = False
    print(f"{'label':<12}{'ran':>6}{'skipped':>9}{'expected':>10}")
    for label in sorted(ran.keys() | skipped.keys() | expected.keys()):
        counted = ran[label] + (0 if strict else skipped[label])
        lacking = counted < expected.get(label, 0)
        too_few |= lacking
        print(f"{label:<12}{ran[label]:>6}{skipped[label]:>9}{expected.get(label, 0):>10}"
              + ("  too few" if lacking else ""))
    for reason, count in reasons.most_common():
        print(f"skipped {count}: {reason}")
    if too_few:
        print(f"Fewer tests than {os.path.basename(expected_path)} expects: were some lost?")
    return 1 if too_few else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
