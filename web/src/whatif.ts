// SPDX-License-Identifier: Apache-2.0

// What if it had more, or less: limits within what the policy grants, one program run under six sizes,
// and two runs side by side.

import type { JobLimits, Policy, RunRequest, RunResult } from "./api";
import { Refusal, pause, runAndWait } from "./api";
import { duration, h, mebi, size } from "./dom";
import { badge, decidingStage, signOf, toneOf } from "./verdict";

interface Knob {
  key: "memory_bytes" | "cpus" | "wall_ms";
  title: string;
  least: number;
  show(value: number): string;
}

const knobs: Knob[] = [
  { key: "memory_bytes", title: "Memory", least: 8 * mebi, show: size },
  { key: "cpus", title: "Processors", least: 0.1, show: (value) => `${Number(value.toFixed(2))}` },
  { key: "wall_ms", title: "Time", least: 100, show: duration },
];

const steps = 60;

export interface Remembered {
  number: number;
  title: string;
  result: RunResult;
  output: string;
}

export class WhatIf {
  readonly element = h("div", { class: "whatif" });
  private policy: Policy | undefined;
  private readonly sliders = new Map<Knob["key"], HTMLInputElement>();
  private readonly values = new Map<Knob["key"], HTMLOutputElement>();
  private readonly gogc = h("input", { type: "text", size: 6, placeholder: "100", id: "gogc", list: "gogc-list" });
  private readonly gomemlimit = h("input", { type: "text", size: 8, placeholder: "auto", id: "gomemlimit" });
  private readonly vary = h("select", { id: "vary" }, h("option", { value: "memory_bytes" }, "memory"), h("option", { value: "cpus" }, "processors"), h("option", { value: "wall_ms" }, "time"), h("option", { value: "gogc" }, "GOGC"));
  private readonly sweepButton = h("button", { type: "button" }, "Try six sizes");
  private readonly sweepResult = h("div", { role: "status" });
  private readonly compare = h("div", { class: "compare" });
  private remembered: Remembered[] = [];
  private sweeping: AbortController | undefined;

  constructor(private readonly request: () => RunRequest, private readonly changed: () => void) {
    const box = h("div", { class: "knobs" });
    for (const knob of knobs) {
      const slider = h("input", { type: "range", min: 0, max: steps, step: 1, id: `knob-${knob.key}` });
      const value = h("output", { for: slider.id });
      slider.addEventListener("input", () => {
        this.say(knob);
        this.changed();
      });
      this.sliders.set(knob.key, slider);
      this.values.set(knob.key, value);
      box.append(h("label", { for: slider.id }, knob.title), slider, value);
    }
    for (const field of [this.gogc, this.gomemlimit]) field.addEventListener("input", () => this.changed());
    box.append(h("label", { for: "gogc" }, "GOGC"), this.gogc, h("span", { class: "hint" }, "a number, or off"));
    box.append(h("label", { for: "gomemlimit" }, "GOMEMLIMIT"), this.gomemlimit, h("span", { class: "hint" }, "auto, off, or a size as 64M"));
    this.sweepButton.addEventListener("click", () => void this.sweep());
    this.element.append(
      h("section", {}, h("h3", {}, "The next run's limits"), box, h("button", { type: "button", onclick: () => this.defaults() }, "As the policy has it")),
      h("section", {}, h("h3", {}, "Where does it break?"), h("p", { class: "line" }, h("label", { for: "vary" }, "Vary "), this.vary, " ", this.sweepButton), this.sweepResult),
      h("section", {}, h("h3", {}, "Two runs side by side"), this.compare),
    );
    this.showCompare();
  }

  setPolicy(policy: Policy): void {
    const before = this.policy;
    this.policy = policy;
    if (before?.name !== policy.name) this.defaults();
  }

  private most(): JobLimits {
    return this.policy!.most ?? this.policy!.limits;
  }

  // Sliders go by ratio: as far from 64 to 128 MiB as from 512 to 1024.
  private valueOf(knob: Knob): number {
    const at = Number(this.sliders.get(knob.key)!.value) / steps;
    const most = this.most().run[knob.key];
    const value = knob.least * (most / knob.least) ** at;
    if (knob.key === "cpus") return Number(value.toPrecision(2));
    if (knob.key === "wall_ms") return Math.min(most, Math.round(value / 50) * 50 || 50);
    return at === 1 ? most : Math.min(most, Math.max(mebi, Math.round(value / mebi) * mebi));
  }

  private set(knob: Knob, value: number): void {
    const most = this.most().run[knob.key];
    const at = Math.log(value / knob.least) / Math.log(most / knob.least);
    this.sliders.get(knob.key)!.value = String(Math.round(Math.min(1, Math.max(0, at)) * steps));
    this.say(knob);
  }

  private moved = new Set<Knob["key"]>();

  private say(knob: Knob): void {
    const standard = this.policy!.limits.run[knob.key];
    const slider = this.sliders.get(knob.key)!;
    const value = this.valueOf(knob);
    // The nearest step to the policy's own value stands for it exactly.
    const home = Math.round((Math.log(standard / knob.least) / Math.log(this.most().run[knob.key] / knob.least)) * steps);
    const standing = Number(slider.value) === home;
    if (standing) this.moved.delete(knob.key);
    else this.moved.add(knob.key);
    const text = standing ? `${knob.show(standard)} (policy)` : knob.show(value);
    this.values.get(knob.key)!.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  private defaults(): void {
    for (const knob of knobs) this.set(knob, this.policy!.limits.run[knob.key]);
    this.gogc.value = this.gomemlimit.value = "";
    this.changed();
  }

  settings(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const knob of knobs) if (this.moved.has(knob.key)) out[knob.key] = String(this.valueOf(knob));
    if (this.gogc.value.trim()) out["gogc"] = this.gogc.value.trim();
    if (this.gomemlimit.value.trim()) out["gomemlimit"] = this.gomemlimit.value.trim();
    return out;
  }

  take(settings: URLSearchParams): void {
    for (const knob of knobs) {
      const value = Number(settings.get(knob.key));
      if (value > 0) this.set(knob, value);
    }
    this.gogc.value = settings.get("gogc") ?? "";
    this.gomemlimit.value = settings.get("gomemlimit") ?? "";
  }

  // What it adds to a request.
  apply(request: RunRequest): void {
    const run: Record<string, number> = {};
    for (const knob of knobs) if (this.moved.has(knob.key)) run[knob.key] = this.valueOf(knob);
    if (Object.keys(run).length > 0) request["limits"] = { run, ...this.totalFor(run["wall_ms"]) };
    if (this.gogc.value.trim()) request["gogc"] = this.gogc.value.trim();
    if (this.gomemlimit.value.trim()) request["gomemlimit"] = this.gomemlimit.value.trim();
  }

  // A longer run needs a longer total, or that would be the limit that speaks.
  private totalFor(wall: number | undefined): { total_ms?: number } {
    const { limits } = this.policy!;
    if (wall === undefined || wall <= limits.run.wall_ms) return {};
    return { total_ms: Math.min(this.most().total_ms, limits.total_ms + wall - limits.run.wall_ms) };
  }

  private sizes(): { title: string; change(request: RunRequest): void; value: number }[] {
    const key = this.vary.value;
    if (key === "gogc") {
      return [25, 50, 100, 200, 400, 800].map((value) => ({ value, title: `GOGC=${value}`, change: (request) => (request["gogc"] = String(value)) }));
    }
    const knob = knobs.find((each) => each.key === key)!;
    const most = this.most().run[knob.key];
    const unit = knob.key === "wall_ms" ? 50 : mebi;
    const round = (value: number) => (knob.key === "cpus" ? Number(value.toPrecision(2)) : Math.round(value / unit) * unit);
    return [5, 4, 3, 2, 1, 0].map((halvings) => {
      const value = Math.max(knob.least, round(most / 2 ** halvings));
      return {
        value,
        title: knob.key === "cpus" ? `${value} processors` : knob.show(value),
        change: (request) => {
          const limits = (request["limits"] ?? {}) as { run?: Record<string, number> };
          const total = knob.key === "wall_ms" ? this.totalFor(value) : {};
          request["limits"] = { ...limits, ...total, run: { ...limits.run, [knob.key]: value } };
        },
      };
    });
  }

  // Along what was too little before.
  prove(outcome: string): void {
    this.vary.value = outcome === "timeout" ? "wall_ms" : "memory_bytes";
    if (!this.sweeping) void this.sweep();
  }

  showComparison(): void {
    this.compare.scrollIntoView({ block: "center" });
    this.compare.querySelector("select")?.focus({ preventScroll: true });
  }

  private async sweep(): Promise<void> {
    if (this.sweeping) {
      this.sweeping.abort();
      return;
    }
    const stop = new AbortController();
    this.sweeping = stop;
    this.sweepButton.textContent = "Stop";
    const runs: { title: string; result: RunResult }[] = [];
    const sizes = this.sizes();
    try {
      for (const [i, each] of sizes.entries()) {
        const request = this.request();
        delete request["stdin_open"];
        each.change(request);
        this.drawSweep(runs, `Running ${i + 1} of ${sizes.length}: ${each.title}`);
        runs.push({ title: each.title, result: await this.patiently(request, stop.signal) });
      }
      this.drawSweep(runs, this.conclusion(runs));
    } catch (error) {
      const said = stop.signal.aborted ? "Stopped." : error instanceof Error ? error.message : String(error);
      this.drawSweep(runs, said);
    } finally {
      this.sweeping = undefined;
      this.sweepButton.textContent = "Try six sizes";
    }
  }

  // A full queue is waited for: nobody is in a hurry here.
  private async patiently(request: RunRequest, signal: AbortSignal): Promise<RunResult> {
    for (;;) {
      try {
        return await runAndWait(request, signal);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 429) throw error;
        await pause(Math.max(1, error.retryAfter) * 1000);
        signal.throwIfAborted();
      }
    }
  }

  private conclusion(runs: { title: string; result: RunResult }[]): string {
    const good = runs.filter((run) => run.result.outcome === "ok");
    if (good.length === runs.length) return "It works at every size tried.";
    if (good.length === 0) return "It works at none of the sizes tried: the cause is elsewhere.";
    const firstGood = runs.findIndex((run) => run.result.outcome === "ok");
    const monotonous = runs.slice(firstGood).every((run) => run.result.outcome === "ok");
    return monotonous ? `It breaks below ${runs[firstGood]!.title}.` : "It works at some sizes and not at others.";
  }

  private drawSweep(runs: { title: string; result: RunResult }[], said: string): void {
    const figure = (run: { result: RunResult }) => decidingStage(run.result);
    const most = Math.max(1, ...runs.map((run) => figure(run)?.wall_ms ?? 0));
    const rows = runs.map((run) => {
      const stage = figure(run);
      return h(
        "tr",
        { class: toneOf(run.result.outcome) },
        h("th", { scope: "row" }, run.title),
        h("td", {}, badge(run.result.outcome)),
        h("td", {}, stage ? h("progress", { max: stage.memory_limit_bytes, value: stage.memory_peak_bytes, "aria-hidden": "true" }) : "", stage ? size(stage.memory_peak_bytes) : ""),
        h("td", {}, stage ? h("progress", { max: most, value: stage.wall_ms, "aria-hidden": "true" }) : "", stage ? duration(stage.wall_ms) : ""),
      );
    });
    const head = h("tr", {}, ...["Size", "Outcome", "Peak of its limit", "Time"].map((name) => h("th", { scope: "col" }, name)));
    this.sweepResult.replaceChildren(
      h("p", { class: "said" }, said),
      runs.length > 0 ? h("div", { class: "scroll" }, h("table", { class: "sweep" }, h("thead", {}, head), h("tbody", {}, ...rows))) : "",
    );
  }

  remember(run: Remembered): void {
    this.remembered = [...this.remembered, run].slice(-8);
    this.showCompare();
  }

  private showCompare(): void {
    if (this.remembered.length < 2) {
      this.compare.replaceChildren(h("p", { class: "hint" }, "Run it twice, and the two stand here beside each other."));
      return;
    }
    const choice = (label: string, chosen: number) => {
      const select = h("select", { "aria-label": label }, ...this.remembered.map((run, i) => h("option", { value: i, selected: i === chosen }, `${run.number}: ${signOf(run.result.outcome)} ${run.result.outcome} ${run.title}`)));
      select.addEventListener("change", draw);
      return select;
    };
    const table = h("div");
    const diff = h("div", { class: "diff" });
    const draw = () => {
      table.replaceChildren(this.differences(this.remembered[Number(a.value)]!, this.remembered[Number(b.value)]!));
      diff.replaceChildren();
    };
    const a = choice("First run", this.remembered.length - 2);
    const b = choice("Second run", this.remembered.length - 1);
    const button = h("button", { type: "button", onclick: () => void this.showDiff(diff, this.remembered[Number(a.value)]!, this.remembered[Number(b.value)]!) }, "Compare what they printed");
    this.compare.replaceChildren(h("p", { class: "line" }, a, " ", b), table, button, diff);
    draw();
  }

  private differences(a: Remembered, b: Remembered): HTMLElement {
    const stageA = decidingStage(a.result);
    const stageB = decidingStage(b.result);
    const row = (name: string, of: (stage: NonNullable<typeof stageA>) => number, show: (value: number) => string) => {
      const [left, right] = [stageA ? of(stageA) : 0, stageB ? of(stageB) : 0];
      const ratio = left > 0 ? right / left : 1;
      const said = Math.abs(ratio - 1) < 0.05 ? "about the same" : ratio > 1 ? `${ratio.toFixed(1)} times as much` : `${Number((ratio * 100).toPrecision(2))} %`;
      return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, show(left)), h("td", {}, show(right)), h("td", {}, said));
    };
    const head = h("tr", {}, h("th", { scope: "col" }, "Figure"), h("th", { scope: "col" }, `Run ${a.number}`), h("th", { scope: "col" }, `Run ${b.number}`), h("th", { scope: "col" }, "Second to first"));
    const outcome = h("tr", {}, h("th", { scope: "row" }, "Outcome"), h("td", {}, badge(a.result.outcome)), h("td", {}, badge(b.result.outcome)), h("td", {}, a.result.outcome === b.result.outcome ? "the same" : "different"));
    return h(
      "div",
      { class: "scroll" },
      h(
        "table",
        {},
        h("thead", {}, head),
        h(
          "tbody",
          {},
          outcome,
          row("Time", (stage) => stage.wall_ms, duration),
          row("Processor", (stage) => stage.cpu_user_ms + stage.cpu_system_ms, duration),
          row("Memory peak", (stage) => stage.memory_peak_bytes, size),
        ),
      ),
    );
  }

  private async showDiff(into: HTMLElement, a: Remembered, b: Remembered): Promise<void> {
    if (a.output === b.output) {
      into.replaceChildren(h("p", {}, "They printed the same."));
      return;
    }
    const { showMerge } = await import("./merge");
    showMerge(into, a.output.slice(0, 200_000), b.output.slice(0, 200_000));
  }
}
