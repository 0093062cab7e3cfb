// SPDX-License-Identifier: Apache-2.0

// Why it ended so: hints, allocation sites, goroutines, races, leaked processes, collections. A place in
// the program is a button that goes there.

import type { Diagnosis, Frame, Hint, RunResult } from "./api";
import { duration, h, size } from "./dom";
import { decidingStage } from "./verdict";

export type GoTo = (file: string, line: number) => void;

// "main.go:12" in a sentence, as far as it names a file of the program.
export function withPlaces(text: string, files: string[], goTo: GoTo): DocumentFragment {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(/([\w./-]+\.go):(\d+)(?::\d+)?/g)) {
    const file = known(found[1]!, files);
    if (!file) continue;
    out.append(text.slice(from, found.index));
    const place = h("button", { type: "button", class: "place", onclick: () => goTo(file, Number(found[2])) }, found[0]);
    from = found.index + found[0].length;
    // A comma does not begin a line.
    const behind = /^[,.;:)]+/.exec(text.slice(from))?.[0] ?? "";
    out.append(behind ? h("span", { class: "nowrap" }, place, behind) : place);
    from += behind.length;
  }
  out.append(text.slice(from));
  return out;
}

function known(path: string, files: string[]): string | undefined {
  const short = path.replace(/^\.\//, "");
  return files.find((file) => file === short || short.endsWith(`/${file}`));
}

const section = (title: string, ...children: (Node | string)[]) => h("section", {}, h("h3", {}, title), ...children);

function hintsOf(result: RunResult): Hint[] {
  const objects = result.diagnosis?.hints;
  if (!objects || objects.length === 0) return result.hints.map((text) => ({ text }));
  const rest = result.hints.filter((text) => !objects.some((hint) => hint.text === text));
  return [...objects, ...rest.map((text) => ({ text }))];
}

function hintItem(hint: Hint, files: string[], goTo: GoTo): HTMLElement {
  const proof = hint.proved;
  const file = hint.file && hint.line ? known(hint.file, files) : undefined;
  const said = file ? hint.text.includes(`${hint.file}:${hint.line}`) : true;
  return h(
    "li",
    {},
    withPlaces(hint.text, files, goTo),
    !said && file ? " " : null,
    !said && file ? h("button", { type: "button", class: "place", onclick: () => goTo(file, hint.line!) }, `${file}:${hint.line}`) : null,
    proof ? h("span", { class: `badge ${proof.ok ? "good" : "warn"}` }, proof.ok ? `proved by ${proof.runs} runs: ${proof.change}` : `did not help: ${proof.change}`) : null,
  );
}

const userFrame = (frames: Frame[]): Frame | undefined => frames.find((frame) => frame.user) ?? frames[0];

const placeOf = (frame: Frame, files: string[], goTo: GoTo) =>
  withPlaces(`${frame.function} at ${frame.file}:${frame.line}`, files, goTo);

function sites(diagnosis: Diagnosis, files: string[], goTo: GoTo): HTMLElement | null {
  const heap = diagnosis.heap;
  if (!heap || heap.sites.length === 0) return null;
  const all = heap.sites.reduce((sum, site) => sum + site.bytes, 0);
  const rows = heap.sites.slice(0, 10).map((site) => {
    const frame = userFrame(site.frames);
    return h(
      "li",
      {},
      h("progress", { max: all, value: site.bytes, "aria-label": "share of the live heap" }),
      h("span", { class: "figure" }, `${size(site.bytes)} in ${site.objects} ${site.objects === 1 ? "object" : "objects"}`),
      h("span", {}, frame ? placeOf(frame, files, goTo) : "unknown"),
    );
  });
  return section("What the live heap was allocated by", h("ul", { class: "bars" }, ...rows));
}

function goroutines(diagnosis: Diagnosis, files: string[], goTo: GoTo): HTMLElement | null {
  const groups = diagnosis.goroutines?.filter((group) => !group.system && group.user_code) ?? [];
  if (groups.length === 0) return null;
  const dump = diagnosis.goroutine_dump;
  const items = groups.map((group) => {
    const stack = group.frames.map((frame) => h("li", {}, withPlaces(`${frame.function} ${frame.file}:${frame.line}`, files, goTo)));
    return h("li", {}, h("details", {}, h("summary", {}, h("strong", {}, String(group.count)), group.text.replace(/^\d+/, "")), h("p", {}, withPlaces(group.text, files, goTo)), h("ol", { class: "stack" }, ...stack)));
  });
  const note = dump ? `${dump.total} goroutines ${dump.at_exit ? "were alive when main returned" : "in all"}${dump.truncated ? "; the dump was cut" : ""}.` : "";
  return section("Goroutines", h("p", {}, note), h("ul", { class: "plain" }, ...items));
}

interface Access {
  kind: string;
  previous: boolean;
  goroutine: number;
  frames: Frame[];
  created_at: Frame[];
}

function races(diagnosis: Diagnosis, files: string[], goTo: GoTo): HTMLElement | null {
  const list = (diagnosis.races ?? []) as { count?: number; accesses?: Access[] }[];
  if (list.length === 0) return null;
  const stackOf = (frames: Frame[]) => h("ol", { class: "stack" }, ...frames.map((frame) => h("li", {}, placeOf(frame, files, goTo))));
  const pairs = list.map((race) =>
    h(
      "div",
      { class: "pair" },
      ...(race.accesses ?? []).map((access) =>
        h(
          "div",
          {},
          h("h4", {}, `${access.previous ? "Before: " : ""}${access.kind} by goroutine ${access.goroutine}`),
          stackOf(access.frames.filter((frame) => frame.user)),
          access.created_at.length > 0 && h("p", {}, "started at"),
          stackOf(access.created_at.filter((frame) => frame.user).slice(0, 3)),
        ),
      ),
    ),
  );
  return section("Data races: two accesses without order", ...pairs);
}

function leaked(result: RunResult): HTMLElement | null {
  const list = decidingStage(result)?.leaked_processes ?? [];
  if (list.length === 0) return null;
  const head = h("tr", {}, ...["Process", "Parent", "Command", "State", "Age"].map((name) => h("th", { scope: "col" }, name)));
  const rows = list.map((it) => h("tr", {}, ...[it.pid, it.ppid, it.command, it.state, duration(it.age_ms)].map((cell) => h("td", {}, String(cell)))));
  return section("Left behind, and killed", h("div", { class: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))));
}

function collections(diagnosis: Diagnosis): HTMLElement | null {
  const gc = diagnosis.gc as Record<string, number> | null;
  if (!gc) return null;
  const heap = (diagnosis.gc!["heap"] ?? []) as { at_ms: number; live_bytes: number; goal_bytes: number }[];
  const most = Math.max(1, ...heap.map((point) => point.goal_bytes));
  const step = Math.max(1, Math.ceil(heap.length / 24));
  const rows = heap
    .filter((_, i) => i % step === 0)
    .map((point) => h("li", {}, h("span", { class: "figure" }, duration(point.at_ms)), h("progress", { max: most, value: point.live_bytes, "aria-label": "live heap" }), h("span", {}, `${size(point.live_bytes)} live`)));
  const sentence = `${gc["count"]} collections took ${gc["cpu_percent"]} % of the processor time; pauses of ${gc["pause_p50_ms"]} ms (half of them), ${gc["pause_p99_ms"]} ms (99 %), ${gc["pause_max_ms"]} ms (longest); at most ${size(gc["most_live_bytes"] ?? 0)} live.`;
  return section("The garbage collector", h("p", {}, sentence), h("ul", { class: "bars over-time" }, ...rows));
}

export function why(result: RunResult, files: string[], goTo: GoTo): HTMLElement[] {
  const hints = hintsOf(result);
  const parts: (HTMLElement | null)[] = [];
  if (hints.length > 0) parts.push(section("What happened, and what to change", h("ul", { class: "hints" }, ...hints.map((hint) => hintItem(hint, files, goTo)))));
  const diagnosis = result.diagnosis;
  if (diagnosis) {
    const { heap } = diagnosis;
    parts.push(goroutines(diagnosis, files, goTo), races(diagnosis, files, goTo), heap && sites(diagnosis, files, goTo), collections(diagnosis));
  }
  parts.push(leaked(result));
  const there = parts.filter((part): part is HTMLElement => part !== null);
  return there.length > 0 ? there : [h("p", { class: "hint" }, "Nothing stands out: it ended as it should.")];
}
