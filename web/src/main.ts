// SPDX-License-Identifier: Apache-2.0

// The page put together: it turns the form that works without it into an editor beside its answer.

import type { Policy, RunRequest, RunResult, Toolchain, Usage } from "./api";
import { Refusal, call, cancel, feed, follow, format, getJson, setToken, share, submit } from "./api";
import { LiveChart } from "./chart";
import { TabList, byId, h, reducedMotion } from "./dom";
import { Editor } from "./editor";
import type { Marker } from "./editor";
import { Output } from "./output";
import { Project } from "./project";
import { Settings } from "./settings";
import { banner, decidingStage, figures, titleOf } from "./verdict";
import { WhatIf } from "./whatif";
import { welcome } from "./welcome";

interface Program {
  name: string;
  text: string;
}

const viewKey = "gobox.view";

class Page {
  private readonly form = byId<HTMLFormElement>("form");
  private readonly verdict = byId("verdict");
  private readonly runButton = byId<HTMLButtonElement>("run");
  private readonly stopButton = byId<HTMLButtonElement>("stop");
  private readonly notice = h("p", { class: "notice", role: "status" });
  private readonly editor: Editor;
  private readonly project: Project;
  private readonly settings: Settings;
  private readonly output = new Output();
  private readonly chart = new LiveChart();
  private readonly whatIf: WhatIf;
  private readonly tabs = new TabList("Answer", "answer");
  private readonly panels = {
    output: h("div", { class: "panel" }),
    tests: h("div", { class: "panel" }),
    why: h("div", { class: "panel", tabindex: 0 }),
    whatIf: h("div", { class: "panel" }),
    figures: h("div", { class: "panel" }),
  };
  private readonly whyTab: HTMLButtonElement;
  private readonly testsTab: HTMLButtonElement;
  private readonly terminal = h("div", { class: "terminal", hidden: true });
  private readonly examples = h("select", { "aria-label": "Examples", id: "examples" }, h("option", { value: "" }, "Examples"));
  private readonly line = h("input", { type: "text", "aria-label": "A line for the program's standard input", placeholder: "A line for the program, then Enter", autocomplete: "off", spellcheck: "false" });
  private running: { id: string; stop: AbortController } | undefined;
  private compileText = "";
  private printed = "";
  private readonly decoders = new Map<string, TextDecoder>();
  private runs = 0;
  private before: RunResult | undefined; // the run before this one
  private readonly welcome = welcome((name) => void this.tryExample(name));
  private readonly save = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.saveOutput() }, "Save output");
  private programs = new Map<HTMLOptionElement, Program>();

  constructor() {
    const source = byId<HTMLTextAreaElement>("source");
    const original = source.value;
    this.editor = new Editor(
      { changed: (name, text) => this.project.edited(name, text), run: () => void this.run(), format: () => void this.format() },
      source,
    );
    source.removeAttribute("name");
    byId("editor").append(this.editor.element);
    source.hidden = true;
    this.project = new Project(this.editor, byId("left"), (text, back) => {
      if (back) this.before = undefined; // another program: its ending proves nothing of this one
      this.say(text, back);
    });
    this.settings = new Settings(
      () => undefined,
      (policy) => this.whatIf.setPolicy(policy),
    );
    this.whatIf = new WhatIf(
      () => this.request(),
      () => undefined,
    );
    byId("tabs").append(this.project.element, this.notice);
    this.tabs.add("Output", this.panels.output);
    this.testsTab = this.tabs.add("Tests", this.panels.tests);
    this.whyTab = this.tabs.add("Why", this.panels.why);
    this.tabs.add("What if", this.panels.whatIf);
    this.tabs.add("Figures", this.panels.figures);
    this.testsTab.hidden = true;
    this.buildResults();
    this.buildMenus();
    for (const element of document.querySelectorAll<HTMLElement>(".js")) element.hidden = false;
    this.stopButton.hidden = true;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    this.stopButton.addEventListener("click", () => void this.stop());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      void this.run();
    });
    document.querySelector(".plain-answer")?.remove();
    this.project.begin(original);
    this.look();
    void this.meetServer();
  }

  private buildResults(): void {
    const eof = h("button", { type: "button", onclick: () => void this.send("", true) }, "End of input");
    this.line.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.isComposing) return;
      event.preventDefault();
      const text = `${this.line.value}\n`;
      this.line.value = "";
      void this.send(text, false);
    });
    this.terminal.append(h("span", { "aria-hidden": "true" }, "›"), this.line, eof);
    this.panels.output.append(this.output.element, this.terminal, this.save);
    this.panels.why.append(h("p", { class: "hint" }, "After a run: its cause, where, and what to change."));
    this.panels.whatIf.append(this.whatIf.element);
    this.panels.figures.append(h("p", { class: "hint" }, "After a run: what each stage used."));
    this.panels.why.addEventListener("shown", () => this.whyTab.classList.remove("news"));
    this.output.element.dataset["empty"] = "Nothing has been printed yet.";
    byId("results").append(this.welcome, this.chart.element, this.tabs.element, ...Object.values(this.panels));
  }

  private buildMenus(): void {
    const { examples } = this;
    const fill = () => this.fillExamples();
    // Filled before it opens: a menu that grows while it is open loses its place.
    for (const event of ["pointerenter", "focus"]) examples.addEventListener(event, () => void fill());
    if ("requestIdleCallback" in window) requestIdleCallback(() => void fill(), { timeout: 3000 });
    else setTimeout(() => void fill(), 1500);
    examples.addEventListener("change", () => {
      const program = this.programs.get(examples.selectedOptions[0]!);
      examples.value = "";
      if (program) this.openExample(program);
    });
    const button = (title: string, help: string, action: () => void) => h("button", { type: "button", title: help, onclick: action }, title);
    const view = h("details", { class: "menu" }, h("summary", {}, "View"), this.viewMenu());
    document.addEventListener("click", (event) => {
      if (!view.contains(event.target as Node)) view.open = false;
    });
    view.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      view.open = false;
      view.querySelector("summary")!.focus();
    });
    byId("menus").append(
      examples,
      button("Format", "gofmt, and the imports it lacks (Ctrl-S)", () => void this.format()),
      button("Share", "A link to this program and its settings", () => void this.share()),
      view,
    );
  }

  private async fillExamples(): Promise<void> {
    const groups = (await import("gobox:examples")).default;
    if (this.programs.size > 0) return;
    for (const group of groups) {
      const options = group.programs.map((program) => h("option", { value: program.name }, program.name.replace(/\.(go|txtar)$/, "").replaceAll("_", " ")));
      options.forEach((option, i) => this.programs.set(option, group.programs[i]!));
      const box = h("optgroup", { label: group.title });
      box.append(...options);
      this.examples.append(box);
    }
  }

  private async tryExample(name: string): Promise<void> {
    await this.fillExamples();
    const program = [...this.programs.values()].find((each) => each.name === name);
    if (!program) return;
    this.openExample(program);
    await this.run();
  }

  private view(): { plain: boolean; vim: boolean; size: number } {
    const standard = { plain: false, vim: false, size: 14 };
    try {
      return { ...standard, ...(JSON.parse(localStorage.getItem(viewKey) ?? "{}") as object) };
    } catch {
      return standard;
    }
  }

  private viewMenu(): HTMLElement {
    const now = this.view();
    const set = (change: object) => {
      localStorage.setItem(viewKey, JSON.stringify({ ...this.view(), ...change }));
      this.look();
    };
    const check = (title: string, key: "plain" | "vim") => {
      const box = h("input", { type: "checkbox" });
      box.checked = now[key];
      box.addEventListener("change", () => set({ [key]: box.checked }));
      return h("label", { class: "check" }, box, ` ${title}`);
    };
    const font = h("input", { type: "number", min: 10, max: 28, value: now.size, id: "font-size" });
    font.addEventListener("change", () => set({ size: Math.min(28, Math.max(10, Number(font.value) || 14)) }));
    return h("div", { class: "popup" }, check("Plain text area", "plain"), check("Vim keys", "vim"), h("label", {}, "Font size ", font));
  }

  private look(): void {
    const { plain, vim, size } = this.view();
    document.documentElement.style.setProperty("--code-size", `${size}px`);
    this.editor.setPlain(plain);
    void this.editor.setVim(vim);
  }

  private async meetServer(): Promise<void> {
    try {
      const [{ policies }, { toolchains }] = await Promise.all([
        getJson<{ policies: Policy[] }>("/v1/policies"),
        getJson<{ toolchains: Toolchain[] }>("/v1/toolchains"),
      ]);
      this.settings.offer(toolchains, policies);
      byId("server").textContent = `${toolchains.find((it) => it.default)?.name ?? "no Go"} ·`;
      const parameters = new URLSearchParams(location.hash.slice(1));
      if ([...parameters].length > 0) {
        this.settings.take(parameters);
        this.whatIf.take(parameters);
        byId<HTMLDetailsElement>("input-box").open = true;
      }
      await this.fetchShared();
    } catch (error) {
      this.refused(error, () => void this.meetServer());
    }
  }

  // Behind tokens the page comes without the shared program, which only those with one may see.
  private async fetchShared(): Promise<void> {
    const id = /^\/play\/p\/([\w-]+)$/.exec(location.pathname)?.[1];
    if (!id || document.querySelector("meta[name=shared]")) return;
    const text = await (await call(`/p/${id}.go`)).text().catch(() => "");
    if (text) this.project.begin(text);
  }

  private openExample(program: Program): void {
    this.project.keep();
    if (location.pathname !== "/") history.pushState(null, "", "/");
    else history.replaceState(null, "", "/");
    const test = program.name.startsWith("tests");
    this.settings.take(new URLSearchParams(test ? { kind: "test" } : program.name.startsWith("race") ? { race: "1" } : {}));
    this.project.open(program.text, `Opened the example ${program.name}.`);
    this.editor.mark([]);
  }

  private say(text: string, back?: () => void): void {
    this.notice.replaceChildren(text, back ? " " : "", back ? h("button", { type: "button", class: "place", onclick: back }, "Back to what was there") : "");
  }

  private request(): RunRequest {
    const request = this.settings.request(this.project.map());
    this.whatIf.apply(request);
    return request;
  }

  private status(text: string, busy: boolean): void {
    this.verdict.replaceChildren(h("p", { class: `status${busy ? " busy" : ""}` }, text));
  }

  private refused(error: unknown, again: () => void): void {
    if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
      const field = h("input", { type: "password", autocomplete: "off", id: "token-field" });
      const go = () => {
        setToken(field.value);
        again();
      };
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        event.stopPropagation();
        go();
      });
      this.verdict.replaceChildren(h("div", { class: "banner warn", "data-outcome": "token" }, h("span", { class: "sign", "aria-hidden": "true" }, "⚿"), h("div", {}, h("h2", {}, error.status === 401 ? "This server wants a token" : "This token may not do that"), h("p", {}, `${error.message}.`), h("label", { class: "line" }, "Token ", field, " ", h("button", { type: "button", onclick: go }, "Use it")))));
      return;
    }
    const waits = error instanceof Refusal && error.retryAfter > 0;
    const said = error instanceof Error ? error.message : String(error);
    const title = error instanceof Refusal ? (error.status === 429 ? "Too many are waiting" : "The server refused it") : "The server does not answer";
    this.verdict.replaceChildren(
      h(
        "div",
        { class: "banner warn", "data-outcome": "refused" },
        h("span", { class: "sign", "aria-hidden": "true" }, "!"),
        h("div", {}, h("h2", {}, title), h("p", {}, `${said}. Your program is kept.`), waits ? h("p", {}, `Worth trying again in ${(error as Refusal).retryAfter} s. `, h("button", { type: "button", onclick: again }, "Try again")) : h("button", { type: "button", onclick: again }, "Try again")),
      ),
    );
  }

  private async run(): Promise<void> {
    if (this.running) await this.stop();
    this.project.keep();
    this.say("");
    if (this.settings.kind.value === "run" && this.project.hasTests() && !this.project.text().includes("func main(")) this.settings.kind.value = "test";
    const stop = new AbortController();
    const request = this.request();
    this.output.clear();
    this.editor.mark([]);
    this.compileText = this.printed = "";
    this.decoders.clear();
    this.chart.clear(this.settings.chosenPolicy()?.limits.run.cpus ?? 1);
    this.tabs.show(this.panels.output);
    this.welcome.remove();
    this.save.hidden = true;
    this.output.element.dataset["empty"] = "Nothing has been printed yet.";
    this.testsTab.hidden = true;
    this.whyTab.classList.remove("news");
    this.status("Sending…", true);
    this.lookAtVerdict();
    this.busy(true);
    try {
      const id = await submit(request);
      this.running = { id, stop };
      this.terminal.hidden = request["stdin_open"] !== true;
      void this.watchQueue(id, stop.signal);
      const answer = import("./answer");
      let result: RunResult | undefined;
      await follow(id, { event: (kind, data) => (kind === "result" ? (result = data as RunResult) : this.event(kind, data)), connection: (lost) => lost && this.status("The connection broke; trying again…", true) }, stop.signal);
      if (result) this.finished(result, await answer);
    } catch (error) {
      this.refused(error, () => void this.run());
    } finally {
      if (!this.running || this.running.stop === stop) {
        this.running = undefined;
        this.busy(false);
        this.terminal.hidden = true;
      }
    }
  }

  // On a phone the answer stands below the editor.
  private lookAtVerdict(): void {
    if (matchMedia("(max-width: 860px)").matches) this.verdict.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth", block: "start" });
  }

  private busy(on: boolean): void {
    this.stopButton.hidden = !on;
    this.runButton.setAttribute("aria-busy", String(on));
    document.body.classList.toggle("running", on);
  }

  private async stop(): Promise<void> {
    const running = this.running;
    if (!running) return;
    this.status("Stopping…", true);
    await cancel(running.id).catch(() => undefined);
  }

  // How far it is from its turn, until it has it.
  private async watchQueue(id: string, signal: AbortSignal): Promise<void> {
    for (let wait = 150; !signal.aborted && this.running?.id === id; wait = 1000) {
      await new Promise((done) => setTimeout(done, wait));
      const state = await getJson<{ state?: string; position?: number }>(`/v1/runs/${id}?omit=stdout,stderr`).catch(() => undefined);
      if (this.running?.id !== id || (state && state.state !== "queued")) return;
      if (state?.position) this.status(`Waiting: place ${state.position} in the queue`, true);
    }
  }

  private async send(text: string, eof: boolean): Promise<void> {
    const id = this.running?.id;
    if (!id) return;
    if (text) this.output.add("in", text);
    if (eof) this.terminal.hidden = true;
    try {
      await feed(id, text, eof);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private event(kind: string, data: unknown): void {
    if (kind === "stage") {
      const { stage, state } = data as { stage: string; state: string };
      if (state === "started") {
        const doing: Record<string, string> = { compile: "Compiling…", vet: "Vetting…", run: "Running…", test: "Testing…", fetch: "Fetching dependencies…" };
        this.status(doing[stage] ?? `${stage}…`, true);
        if ((stage === "run" || stage === "test") && !this.terminal.hidden) this.line.focus();
      }
    } else if (kind === "stdout" || kind === "stderr") {
      const { stage, text, encoding } = data as { stage: string; text: string; encoding: string };
      const plain = this.decoded(kind, text, encoding);
      if (stage === "compile" || stage === "vet") this.compileText += plain;
      else if (this.printed.length < 4 << 20) this.printed += plain;
      this.output.add(kind === "stderr" ? "err" : "out", plain);
    } else if (kind === "usage") {
      const usage = data as Usage;
      if (usage.stage !== "compile" || usage.wall_ms > 1000) this.chart.usage(usage);
    }
  }

  // A character may be cut in two between pieces: such pieces come as base64, and wait for their rest.
  private decoded(stream: string, text: string, encoding: string): string {
    const decoder = this.decoders.get(stream) ?? new TextDecoder();
    this.decoders.set(stream, decoder);
    if (encoding !== "base64") return decoder.decode() + text;
    return decoder.decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), { stream: true });
  }

  private finished(result: RunResult, { testsOf, why }: typeof import("./answer")): void {
    this.output.flush();
    this.verdict.replaceChildren(banner(result));
    this.chart.timeline(result.timeline, decidingStage(result));
    const goTo = (file: string, line: number) => this.goTo(file, line);
    this.panels.why.replaceChildren(...why(result, this.project.names(), goTo));
    this.panels.figures.replaceChildren(figures(result));
    this.editor.mark(this.markers(result));
    const tests = testsOf(result, this.printed);
    if (tests && ["test", "bench"].includes(this.settings.kind.value)) {
      this.panels.tests.replaceChildren(tests);
      this.testsTab.hidden = false;
      this.tabs.show(this.panels.tests);
    } else if (result.hints.length > 0 && result.outcome !== "ok") {
      this.whyTab.classList.add("news");
      if (!this.printed.trim() || result.outcome === "timeout") this.tabs.show(this.panels.why);
    }
    this.output.element.dataset["empty"] = "It printed nothing.";
    this.save.hidden = this.output.text() === "";
    this.verdict.querySelector("h2")!.append(
      result.hints.length > 0 ? h("button", { type: "button", class: "place", onclick: () => this.tabs.show(this.panels.why) }, "why?") : "",
    );
    ++this.runs;
    this.offerProof(result);
    this.whatIf.remember({ number: this.runs, title: result.stage ?? "", result, output: this.printed });
    this.lookAtVerdict();
    document.title = `${titleOf(result.outcome)} · gobox`;
  }

  // What was broken and now is not: that it holds can be shown.
  private offerProof(result: RunResult): void {
    const before = this.before;
    this.before = result;
    if (!before || result.outcome !== "ok" || ["ok", "canceled", "compile_error"].includes(before.outcome)) return;
    const open = () => {
      this.tabs.show(this.panels.whatIf);
      this.panels.whatIf.scrollIntoView({ behavior: reducedMotion() ? "auto" : "smooth", block: "start" });
    };
    const compare = () => {
      open();
      this.whatIf.showComparison();
    };
    const prove = () => {
      open();
      this.whatIf.prove(before.outcome);
    };
    this.verdict.querySelector(".banner > div")!.append(
      h("p", { class: "line next" }, `Before it ended with ${before.outcome}. `, h("button", { type: "button", onclick: prove }, "Does it hold at six sizes?"), h("button", { type: "button", onclick: compare }, "Compare the two runs")),
    );
  }

  // The compiler's and vet's lines, and where hints point.
  private markers(result: RunResult): Marker[] {
    const names = this.project.names();
    const markers: Marker[] = [];
    for (const found of this.compileText.matchAll(/^(?:vet: )?(?:\.\/)?([^\s:]+\.go):(\d+)(?::(\d+))?: (.+)$/gm)) {
      const file = names.find((name) => name === found[1] || found[1]!.endsWith(`/${name}`));
      if (!file || markers.length >= 100) continue;
      const severity = result.outcome === "compile_error" ? "error" : "warning";
      markers.push({ file, line: Number(found[2]), column: Number(found[3] ?? 1), text: found[4]!, severity });
    }
    for (const hint of result.hints.slice(0, 3)) {
      const found = /([\w./-]+\.go):(\d+)/.exec(hint);
      const file = found && names.find((name) => name === found[1]);
      if (file) markers.push({ file, line: Number(found[2]), column: 1, text: hint, severity: "info" });
    }
    return markers;
  }

  private goTo(file: string, line: number): void {
    this.project.show(file);
    this.editor.goTo(line);
  }

  private async format(): Promise<void> {
    try {
      this.project.replaceAll(await format(this.project.text()));
      this.say("Formatted.");
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private async share(): Promise<void> {
    try {
      const id = await share(this.project.text());
      const parameters = new URLSearchParams({ ...this.settings.asParameters(), ...this.whatIf.settings() }).toString();
      const path = `/play/p/${id}${parameters ? `#${parameters}` : ""}`;
      history.pushState(null, "", path);
      this.project.shared();
      const url = location.href;
      const copied = await navigator.clipboard?.writeText(url).then(() => true, () => false);
      this.notice.replaceChildren(copied ? "Copied: " : "The link: ", h("a", { href: path, class: "link" }, url));
    } catch (error) {
      this.refused(error, () => void this.share());
    }
  }

  private saveOutput(): void {
    const url = URL.createObjectURL(new Blob([this.output.text()], { type: "text/plain" }));
    h("a", { href: url, download: "output.txt" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

new Page();
