# SPDX-License-Identifier: Apache-2.0
"""The cases of a ring, in the form of GoogleTest's report that `./dev test` reads."""

import fnmatch
import re
from xml.sax.saxutils import quoteattr

MOST_SHOWN = 4000


def matches(name, pattern):
    """A gtest filter: patterns with colons between, and behind "-" those that are left out."""
    wanted, _, unwanted = pattern.partition("-")
    fits = lambda patterns: any(fnmatch.fnmatchcase(name, each) for each in patterns.split(":") if each)
    return (not wanted or fits(wanted)) and not fits(unwanted)


def plain(text):
    return "".join(c if c == "\n" or " " <= c <= "~" else "?" for c in text[-MOST_SHOWN:])


class Report:
    def __init__(self, pattern, suite="Clients"):
        self.pattern = pattern
        self.suite = suite
        self.lines = []
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def wants(self, prefix):
        """Whether a case whose name begins so may be wanted."""
        literals = [re.split(r"[*?]", each)[0] for each in self.pattern.partition("-")[0].split(":")]
        return any(each.startswith(prefix) or prefix.startswith(each) for each in literals)

    def add(self, name, state, seconds=0.0, said=""):
        """state: passed, failed or skipped."""
        full = f"{self.suite}.{name}"
        if not matches(full, self.pattern):
            return
        self.counts[state] += 1
        word = {"passed": "[       OK ]", "failed": "[  FAILED  ]", "skipped": "[  SKIPPED ]"}[state]
        print(f"{word} {full} ({seconds:.1f} s)", flush=True)
        if said and state != "passed":
            print(said[-MOST_SHOWN:].rstrip(), flush=True)
        result = "skipped" if state == "skipped" else "completed"
        opening = (f'    <testcase name={quoteattr(name)} status="run" result="{result}" time="{seconds:.1f}" '
                   f'classname="{self.suite}"')
        if state == "failed":
            message = quoteattr(plain(said), {"\n": "&#10;"})
            self.lines.append(f"{opening}>\n      <failure message={message}></failure>\n    </testcase>")
        else:
            self.lines.append(opening + " />")

    def write(self, path):
        body = "\n".join(self.lines)
        path.write_text('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="' + self.suite + '">\n'
                        f"{body}\n  </testsuite>\n</testsuites>\n")
