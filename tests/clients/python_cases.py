#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python_cases.py RESULTS: runs the unit tests below the working directory, and writes a line of JSON for each."""

import json
import sys
import time
import unittest


class Cases(unittest.TextTestResult):
    results = None

    def startTest(self, test):
        super().startTest(test)
        self.begun, self.failures_said = time.monotonic(), []

    def stopTest(self, test):
        seconds = time.monotonic() - self.begun
        reasons = dict((id(case), why) for case, why in self.skipped)
        state, said = "passed", ""
        if self.failures_said:
            state, said = "failed", "\n".join(self.failures_said)
        elif id(test) in reasons:
            state, said = "skipped", reasons[id(test)]
        name = ".".join(test.id().split(".")[-2:])
        line = {"name": name, "state": state, "seconds": seconds, "said": said}
        print(json.dumps(line), file=self.results, flush=True)
        super().stopTest(test)

    def addFailure(self, test, error):
        self.failures_said.append(self._exc_info_to_string(error, test))
        super().addFailure(test, error)

    def addError(self, test, error):
        if hasattr(self, "failures_said"):  # not so where a module cannot be loaded
            self.failures_said.append(self._exc_info_to_string(error, test))
        super().addError(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.failures_said.append(f"{subtest}\n" + self._exc_info_to_string(error, test))
        super().addSubTest(test, subtest, error)


def main():
    sys.path.insert(0, ".")
    with open(sys.argv[1], "w", encoding="utf-8") as Cases.results:
        found = unittest.TestLoader().discover("tests", top_level_dir=".")
        result = unittest.TextTestRunner(resultclass=Cases).run(found)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
