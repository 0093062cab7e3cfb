// SPDX-License-Identifier: Apache-2.0

// What a stage uses over time: memory by kind against its limit, and processor beside throttling,
// while it runs and afterwards. And the same as a table, for who cannot see it.

import type uPlot from "uplot";
import type { Stage, StageTimeline, Usage } from "./api";
import { duration, h, mebi, size } from "./dom";

// A point in time: milliseconds, bytes of heap, files and page cache, processor and throttled time so
// far, processes.
interface Sample {
  at: number;
  heap: number;
  files: number;
  cache: number;
  cpu: number;
  throttled: number;
  processes: number;
}

const mostSamples = 2000;
const columns = ["Time", "Memory", "Heap and stacks", "Files", "Page cache", "Processor", "Processes"];

export class LiveChart {
  readonly element = h("section", { class: "chart", hidden: true, "aria-label": "Use over time" });
  private readonly caption = h("p", { class: "now" });
  private readonly memoryBox = h("div", { class: "plot", "aria-hidden": "true" });
  private readonly cpuBox = h("div", { class: "plot low", "aria-hidden": "true" });
  private readonly body = h("tbody");
  private samples: Sample[] = [];
  private limit = 0;
  private cpus = 1;
  private stage = "";
  private marks: { kind: string; at: number }[] = [];
  private library: typeof uPlot | undefined;
  private plots: uPlot[] = [];
  private drawn = false;
  private ended = false;
  private scheduled = false;

  constructor() {
    const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
    const table = h("table", {}, h("caption", {}, "What the stage used over time"), h("thead", {}, head), this.body);
    const details = h("details", { class: "table" }, h("summary", {}, "The same as a table"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Use over time, as a table" }, table));
    details.addEventListener("toggle", () => details.open && this.fillTable());
    this.element.append(this.caption, this.memoryBox, this.cpuBox, details);
    new ResizeObserver(() => this.resize()).observe(this.memoryBox);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  clear(cpus: number): void {
    this.samples = [];
    this.marks = [];
    this.ended = false;
    this.stage = "";
    this.cpus = cpus;
    this.element.hidden = true;
    this.element.classList.remove("brief");
    this.destroy();
  }

  usage(usage: Usage): void {
    if (usage.stage !== this.stage) {
      this.samples = [];
      this.stage = usage.stage;
    }
    this.limit = usage.memory_limit_bytes;
    if (usage.memory_bytes == null) return; // the stage has ended: the result's timeline knows more
    const before = this.samples[this.samples.length - 1];
    if (before && before.at >= usage.wall_ms) return;
    this.samples.push({
      at: usage.wall_ms,
      heap: usage.heap_bytes ?? 0,
      files: usage.files_bytes ?? 0,
      cache: usage.cache_bytes ?? 0,
      cpu: usage.cpu_ms,
      throttled: usage.throttled_ms ?? 0,
      processes: usage.processes ?? 0,
    });
    // Of a long run every other of the older points is enough.
    if (this.samples.length > mostSamples) this.samples = this.samples.filter((_, i) => i % 2 === 0 || i > mostSamples / 2);
    this.element.hidden = false;
    this.schedule();
  }

  timeline(timelines: StageTimeline[] | null | undefined, stage: Stage | undefined): void {
    const line = timelines?.find((each) => each.stage === stage?.name) ?? timelines?.[timelines.length - 1];
    if (!line || line.points.length === 0) {
      if (stage && this.samples.length === 0) this.tooShort(stage);
      return;
    }
    this.stage = line.stage;
    this.limit = line.memory_limit_bytes;
    this.samples = line.points.map((point) => ({
      at: point.at_ms,
      heap: point.anonymous_bytes,
      files: point.tmpfs_bytes,
      cache: point.file_bytes,
      cpu: point.cpu_ms,
      throttled: point.throttled_ms,
      processes: point.processes,
    }));
    this.ended = true;
    this.marks = line.marks.map((mark) => ({ kind: mark.kind, at: mark.at_ms }));
    this.element.hidden = false;
    this.schedule();
  }

  private tooShort(stage: Stage): void {
    this.caption.textContent = `${stage.name}: over after ${duration(stage.wall_ms)}, too soon for a chart; ${size(stage.memory_peak_bytes)} of ${size(stage.memory_limit_bytes)} memory at the most`;
    this.element.classList.add("brief");
    this.element.hidden = false;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      void this.draw();
    });
  }

  private total(sample: Sample): number {
    return sample.heap + sample.files + sample.cache;
  }

  private data(): [uPlot.AlignedData, uPlot.AlignedData] {
    const at = this.samples.map((sample) => sample.at / 1000);
    const files = this.samples.map((sample) => sample.files / mebi);
    const heap = this.samples.map((sample) => (sample.files + sample.heap) / mebi);
    const all = this.samples.map((sample) => this.total(sample) / mebi);
    const share = (of: (sample: Sample) => number) =>
      this.samples.map((sample, i) => {
        // Over 50 ms at least: the kernel counts in ticks, and shorter spans show only those.
        let from = i;
        while (from > 0 && sample.at - this.samples[from]!.at < 50) --from;
        const before = this.samples[from]!;
        const passed = sample.at - before.at;
        return passed > 0 ? Math.max(0, (100 * (of(sample) - of(before))) / passed) : null;
      });
    return [
      [at, all, heap, files],
      [at, share((sample) => sample.cpu), share((sample) => sample.throttled), this.samples.map((sample) => sample.processes)],
    ];
  }

  // The plotting library comes when there is something to plot: the editor need not wait for it.
  private async draw(): Promise<void> {
    this.library ??= (await import("uplot")).default;
    const last = this.samples[this.samples.length - 1];
    if (!last) return;
    this.describe(this.ended ? this.fullest() : last, this.ended ? "at its fullest, " : "");
    const [memory, cpu] = this.data();
    if (!this.drawn) this.build(memory, cpu);
    else {
      this.plots[0]!.setData(memory);
      this.plots[1]!.setData(cpu);
    }
  }

  private fullest(): Sample {
    return this.samples.reduce((most, each) => (this.total(each) > this.total(most) ? each : most));
  }

  private describe(sample: Sample, when: string): void {
    const processes = `${sample.processes} ${sample.processes === 1 ? "process" : "processes or threads"}`;
    this.caption.textContent = `${this.stage}: ${when}at ${duration(sample.at)}: ${size(this.total(sample))} of ${size(this.limit)} memory, ${processes}`;
  }

  private build(memory: uPlot.AlignedData, cpu: uPlot.AlignedData): void {
    this.destroy();
    this.drawn = true;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const ink = colour("--soft");
    const font = "12px system-ui, sans-serif";
    const axis = (extra: uPlot.Axis): uPlot.Axis => ({
      stroke: ink,
      font,
      grid: { stroke: colour("--edge"), width: 1 },
      ticks: { show: false },
      ...extra,
    });
    const cursor: uPlot.Cursor = { sync: { key: "use" }, drag: { x: true, y: false } };
    const time = (hidden: boolean) =>
      axis({ values: (_, values) => (hidden ? values.map(() => "") : values.map((value) => duration(value * 1000))), size: hidden ? 4 : 24, gap: 2 });
    const hook = { hooks: { draw: [(plot: uPlot) => this.drawMarks(plot, colour)] } } as uPlot.Plugin;
    const width = Math.max(200, this.memoryBox.clientWidth);
    const series = (label: string, name: string, dash?: number[]): uPlot.Series => ({
      label,
      stroke: colour(name),
      width: 1.5,
      points: { show: (plot) => plot.data[0].length < 3 },
      ...(dash ? { dash } : { fill: `${colour(name)}2e` }),
      value: (_, value) => (value == null ? "" : size(value * mebi)),
    });
    const percent = (label: string, name: string, dash?: number[]): uPlot.Series => ({
      ...series(label, name, dash),
      value: (_, value) => (value == null ? "" : `${Math.round(value)} %`),
    });
    const when: uPlot.Series = { label: "at", value: (_, value) => (value == null ? "" : duration(value * 1000)) };
    this.plots = [
      new this.library!(
        {
          width,
          height: 190,
          cursor,
          scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, Math.min(max * 3, (this.limit / mebi) * 1.06), 1)] } },
          series: [when, series("with cache", "--m-cache"), series("heap + files", "--m-heap"), series("files", "--m-files")],
          axes: [time(true), axis({ size: 62, values: (_, values) => values.map((value) => size(value * mebi)) })],
          plugins: [hook],
        },
        memory,
        this.memoryBox,
      ),
      new this.library!(
        {
          width,
          height: 110,
          cursor,
          scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, this.cpus * 105)] }, n: { range: (_, __, max) => [0, max * 1.4 + 1] } },
          series: [
            when,
            percent("processor", "--m-cpu"),
            percent("throttled", "--m-throttled", [4, 3]),
            { label: "processes", scale: "n", stroke: colour("--m-pids"), width: 1.5, dash: [1, 3], points: { show: false }, value: (_, value) => (value == null ? "" : String(value)) },
          ],
          axes: [time(false), axis({ size: 62, values: (_, values) => values.map((value) => `${value} %`) })],
          plugins: [hook],
        },
        cpu,
        this.cpuBox,
      ),
    ];
  }

  // The limit as a line, collections as ticks at the foot, and the moment of the end.
  private drawMarks(plot: uPlot, colour: (name: string) => string): void {
    const { ctx } = plot;
    const { left, top, width, height } = plot.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.lineWidth = devicePixelRatio;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    const memory = plot === this.plots[0] || this.plots.length === 0;
    if (memory && this.limit > 0) {
      const y = plot.valToPos(this.limit / mebi, "y", true);
      ctx.strokeStyle = ctx.fillStyle = colour("--bad");
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      const above = y - top > 18 * devicePixelRatio;
      ctx.fillText(`limit ${size(this.limit)}`, left + 6 * devicePixelRatio, above ? y - 5 * devicePixelRatio : y + 14 * devicePixelRatio);
    }
    ctx.setLineDash([]);
    for (const mark of this.marks) {
      const x = plot.valToPos(mark.at / 1000, "x", true);
      const collection = mark.kind === "collection";
      const deadly = mark.kind === "killed" || mark.kind === "quit";
      if (mark.kind === "ended") continue;
      ctx.strokeStyle = ctx.fillStyle = colour(deadly ? "--bad" : "--soft");
      ctx.beginPath();
      ctx.moveTo(x, collection || !deadly ? top + height - 6 * devicePixelRatio : top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
      if (!memory || !deadly) continue;
      this.label(ctx, mark.kind === "quit" ? "asked to quit" : "killed", x, top + height * 0.55 + (mark.kind === "quit" ? 18 : 0) * devicePixelRatio, left, colour);
    }
    ctx.restore();
  }

  // Beside its line, on the side that has room, and on paper of its own: other lines cross there.
  private label(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, left: number, colour: (name: string) => string): void {
    const gap = 5 * devicePixelRatio;
    const { width } = ctx.measureText(text);
    const from = x - left > width + 2 * gap ? x - width - gap : x + gap;
    const ink = ctx.fillStyle;
    ctx.fillStyle = `${colour("--paper")}d0`;
    ctx.fillRect(from - gap / 2, y - 12 * devicePixelRatio, width + gap, 16 * devicePixelRatio);
    ctx.fillStyle = ink;
    ctx.fillText(text, from, y);
  }

  private fillTable(): void {
    const step = Math.max(1, Math.ceil(this.samples.length / 40));
    const rows = this.samples.filter((_, i) => i % step === 0 || i === this.samples.length - 1);
    this.body.replaceChildren(
      ...rows.map((sample) => {
        const cells = [
          duration(sample.at),
          size(this.total(sample)),
          size(sample.heap),
          size(sample.files),
          size(sample.cache),
          duration(sample.cpu),
          String(sample.processes),
        ];
        return h("tr", {}, ...cells.map((cell) => h("td", {}, cell)));
      }),
    );
  }

  private resize(): void {
    const width = Math.max(200, this.memoryBox.clientWidth);
    for (const plot of this.plots) if (plot.width !== width) plot.setSize({ width, height: plot.height });
  }

  private rebuild(): void {
    if (!this.drawn) return;
    this.destroy();
    this.schedule();
  }

  private destroy(): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.drawn = false;
  }
}
