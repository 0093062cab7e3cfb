// SPDX-License-Identifier: Apache-2.0

// Results of tests as a tree: the server's own where it gives them, else read from what go's tests
// print with -test.v. And benchmarks as a table.

import type { RunResult, TestCase } from "./api";
import { duration, h } from "./dom";

const signs: Record<string, string> = { pass: "✓", fail: "✗", skip: "–", panic: "!", timeout: "◷", race: "⇄" };

export function readTests(output: string): TestCase[] {
  const cases = new Map<string, TestCase>();
  let current: TestCase | undefined;
  for (const line of output.split("\n")) {
    const run = /^\s*=== (?:RUN|CONT|NAME)\s+(\S+)/.exec(line);
    const end = /^\s*--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)/.exec(line);
    if (run) {
      const name = run[1]!;
      current = cases.get(name) ?? { name, outcome: "panic", elapsed_ms: 0, output: "" };
      cases.set(name, current);
    } else if (end) {
      const known = cases.get(end[2]!) ?? { name: end[2]!, outcome: "", elapsed_ms: 0, output: "" };
      known.outcome = end[1]!.toLowerCase();
      known.elapsed_ms = Number(end[3]) * 1000;
      cases.set(known.name, known);
      current = known;
    } else if (current && line && !/^(PASS|FAIL|ok|exit)\b/.test(line) && current.output.length < 20_000) {
      current.output += `${line}\n`;
    }
  }
  return [...cases.values()];
}

export function benchmarks(output: string): HTMLElement | null {
  const rows = [...output.matchAll(/^(Benchmark\S+)\s+(\d+)\s+(.+)$/gm)].slice(0, 500);
  if (rows.length === 0) return null;
  const head = h("tr", {}, ...["Benchmark", "Rounds", "Each"].map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row[1]!), h("td", {}, row[2]!), h("td", {}, row[3]!.replace(/\t\s*/g, ", "))));
  return h("div", { class: "scroll" }, h("table", {}, h("caption", {}, "Benchmarks"), h("thead", {}, head), h("tbody", {}, ...body)));
}

function leaf(test: TestCase, children: HTMLElement[]): HTMLElement {
  const name = test.name.split("/").pop()!;
  const sign = h("span", { class: `test ${test.outcome}` }, `${signs[test.outcome] ?? "•"} ${test.outcome}`);
  const title = [sign, ` ${name} `, h("span", { class: "figure" }, duration(test.elapsed_ms))];
  if (!test.output && children.length === 0) return h("li", {}, ...title);
  const open = test.outcome !== "pass" && test.outcome !== "skip";
  return h("li", {}, h("details", { open }, h("summary", {}, ...title), test.output && h("pre", {}, test.output), children.length > 0 && h("ul", { class: "plain tree" }, ...children)));
}

function tree(tests: TestCase[], under = ""): HTMLElement[] {
  const depth = under ? under.split("/").length + 1 : 1;
  return tests
    .filter((test) => test.name.split("/").length === depth && (!under || test.name.startsWith(`${under}/`)))
    .map((test) => leaf(test, tree(tests, test.name)));
}

export function testsOf(result: RunResult, output: string): HTMLElement | null {
  const packages = result.tests?.length
    ? result.tests
    : [{ package: "", outcome: "", elapsed_ms: 0, tests: readTests(output) }];
  const count = packages.reduce((sum, it) => sum + it.tests.length, 0);
  const bench = benchmarks(output);
  if (count === 0) return bench;
  const failed = packages.reduce((sum, it) => sum + it.tests.filter((test) => !["pass", "skip"].includes(test.outcome)).length, 0);
  return h(
    "div",
    {},
    h("p", {}, failed === 0 ? `${count} ${count === 1 ? "test" : "tests"}, all well` : `${failed} of ${count} tests failed`),
    ...packages.map((it) => h("section", {}, it.package && h("h3", {}, `${it.package}: ${it.outcome}`), h("ul", { class: "plain tree" }, ...tree(it.tests)))),
    bench,
  );
}
