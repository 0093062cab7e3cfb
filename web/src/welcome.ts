// SPDX-License-Identifier: Apache-2.0

// What stands where the answer will be, before there is one: what a run tells, and a few programs that
// end badly, each a click away.

import { h } from "./dom";

const starters: [title: string, example: string][] = [
  ["Out of memory", "oom.go"],
  ["Blocked goroutines", "goroutine_per_request.go"],
  ["A data race", "race_detected.go"],
  ["Tests and benchmarks", "tests_and_benchmarks.txtar"],
];

export function welcome(open: (example: string) => void): HTMLElement {
  const buttons = starters.map(([title, example]) => h("button", { type: "button", onclick: () => open(example) }, title));
  return h(
    "section",
    { class: "welcome", "aria-label": "Before the first run" },
    h("h2", {}, "Run it, and see why"),
    h("p", {}, "How it ended, what it used while it ran, where it went wrong and what to change: all of that stands here after a run."),
    h("p", { class: "hint" }, "Or see one that goes wrong:"),
    h("p", { class: "line" }, ...buttons),
  );
}
