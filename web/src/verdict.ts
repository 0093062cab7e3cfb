// SPDX-License-Identifier: Apache-2.0

// The verdict in words and colour, with the figures of the stage that decided; and what became of each
// stage. The words are the server's: from the kernel's counters, never from the program's text.

import type { RunResult, Stage } from "./api";
import { duration, h, size } from "./dom";

// Of each outcome: how it is said, its sign (colour is never the only difference), and its tone.
const sayings: Record<string, [title: string, sign: string, tone: "good" | "bad" | "warn"]> = {
  ok: ["It ran and ended well", "✓", "good"],
  exited: ["It ended by itself, with an error", "✗", "bad"],
  signaled: ["It died of a signal", "✗", "bad"],
  oom: ["Out of memory: the kernel ended it", "▲", "bad"],
  timeout: ["Out of time", "◷", "bad"],
  output_limit: ["It printed more than it may", "≡", "bad"],
  pids_limit: ["It wanted more processes than it may have", "⋔", "bad"],
  leaked_processes: ["It ended and left processes behind", "⚠", "warn"],
  policy_violation: ["It made a forbidden system call", "⛔", "bad"],
  race_detected: ["It has a data race", "⇄", "bad"],
  compile_error: ["It does not compile", "✎", "bad"],
  fetch_error: ["Its dependencies could not be had", "⇣", "bad"],
  canceled: ["Stopped", "■", "warn"],
  sandbox_error: ["The sandbox itself failed", "!", "bad"],
};

export const titleOf = (outcome: string): string => sayings[outcome]?.[0] ?? outcome;
export const signOf = (outcome: string): string => sayings[outcome]?.[1] ?? "•";
export const toneOf = (outcome: string): string => sayings[outcome]?.[2] ?? "bad";

export const badge = (outcome: string): HTMLElement =>
  h("span", { class: `badge ${toneOf(outcome)}` }, h("span", { "aria-hidden": "true" }, signOf(outcome)), ` ${outcome}`);

export const decidingStage = (result: RunResult): Stage | undefined =>
  result.stages.find((stage) => stage.name === result.stage) ?? result.stages[result.stages.length - 1];

export function banner(result: RunResult): HTMLElement {
  const stage = decidingStage(result);
  const facts: string[] = [];
  if (stage && stage.name === "compile" && result.cached.compile) {
    facts.push("stage compile · the same was compiled before");
  } else if (stage) {
    facts.push(`stage ${stage.name}`);
    facts.push(`${duration(stage.wall_ms)} of ${duration(stage.wall_limit_ms)}`);
    facts.push(`peak ${size(stage.memory_peak_bytes)} of ${size(stage.memory_limit_bytes)}`);
    if (stage.oom_kills > 0) facts.push(`the kernel counted ${stage.oom_kills} out-of-memory ${stage.oom_kills === 1 ? "kill" : "kills"}`);
    if (stage.pids_refused > 0) facts.push(`${stage.pids_refused} forks refused at ${stage.pids_limit}`);
    if (stage.exit_code !== null && stage.exit_code !== 0) facts.push(`exit status ${stage.exit_code}`);
    if (stage.signal && result.outcome === "signaled") facts.push(stage.signal);
  }
  if (result.violation) facts.push(`system call ${result.violation.syscall}`);
  const message = result.message.charAt(0).toUpperCase() + result.message.slice(1);
  return h(
    "div",
    { class: `banner ${toneOf(result.outcome)}`, "data-outcome": result.outcome },
    h("span", { class: "sign", "aria-hidden": "true" }, signOf(result.outcome)),
    h(
      "div",
      {},
      h("h2", {}, titleOf(result.outcome), " ", h("code", {}, result.outcome)),
      h("p", {}, `${message}.`),
      facts.length > 0 && h("p", { class: "facts" }, facts.join(" · ")),
    ),
  );
}

export function figures(result: RunResult): HTMLElement {
  const columns = ["Stage", "Outcome", "Time", "Processor", "Memory peak", "Processes"];
  const rows = result.stages.map((stage) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, stage.name),
      h("td", {}, badge(stage.outcome)),
      h("td", {}, `${duration(stage.wall_ms)} of ${duration(stage.wall_limit_ms)}`),
      h("td", {}, `${duration(stage.cpu_user_ms + stage.cpu_system_ms)}${stage.cpu_throttled_ms ? `, held back ${duration(stage.cpu_throttled_ms)}` : ""}`),
      h("td", {}, `${size(stage.memory_peak_bytes)} of ${size(stage.memory_limit_bytes)}`),
      h("td", {}, stage.pids_peak === null ? `of ${stage.pids_limit}` : `${stage.pids_peak} of ${stage.pids_limit}`),
    ),
  );
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const rest = [
    `${result.toolchain}, policy ${result.policy}`,
    `${duration(result.total_ms)} in all`,
    result.queued_ms >= 1 ? `after ${duration(result.queued_ms)} in the queue` : "",
    result.cached.compile ? "compiled before" : "",
  ];
  return h(
    "div",
    {},
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Figures" }, h("table", {}, h("caption", {}, "What each stage used of what it may"), h("thead", {}, head), h("tbody", {}, ...rows))),
    h("p", { class: "hint" }, rest.filter(Boolean).join(", ")),
  );
}
