// SPDX-License-Identifier: Apache-2.0

// How the next run is made: kind, Go version, policy, flags, arguments, variables, standard input; and
// how the page looks. What a link carries is in asParameters().

import type { Policy, RunRequest, Toolchain } from "./api";
import { byId, h } from "./dom";

type Flag = "race" | "vet" | "gctrace" | "goroutines";

const flags: [Flag, string, string][] = [
  ["race", "Race detector", "finds unsynchronised accesses; needs five to ten times the memory"],
  ["vet", "go vet", "looks for likely mistakes first"],
  ["gctrace", "Trace the garbage collector", "pauses and live heap over time"],
  ["goroutines", "Goroutines at exit", "lists those alive when main returns"],
];

// "a 'b c'" as a shell splits it, as far as quotes go.
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const found of text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))/g)) {
    words.push(found[1]?.replace(/\\(.)/g, "$1") ?? found[2] ?? found[3] ?? "");
  }
  return words;
}

const readsInput = /\bos\.Stdin\b|\bfmt\.(?:F?Scan)/;

export class Settings {
  readonly kind = byId<HTMLSelectElement>("kind");
  readonly input = byId<HTMLTextAreaElement>("stdin");
  readonly toolchain = h("select", { id: "toolchain" });
  readonly policy = h("select", { id: "policy" });
  private readonly args = h("input", { type: "text", id: "args", spellcheck: "false", autocomplete: "off" });
  private readonly env = h("textarea", { id: "env", rows: 2, spellcheck: "false", placeholder: "NAME=value, one a line" });
  private readonly ask = h("select", { id: "ask" }, h("option", { value: "auto" }, "ask me, where it reads and nothing stands above"), h("option", { value: "text" }, "what stands above"), h("option", { value: "ask" }, "ask me while it runs"));
  private readonly boxes = new Map<Flag, HTMLInputElement>();
  private policies: Policy[] = [];

  constructor(private readonly changed: () => void, private readonly policyChanged: (policy: Policy) => void) {
    this.kind.append(h("option", { value: "bench" }, "Benchmarks"), h("option", { value: "build" }, "Compile only"));
    const box = byId("settings");
    const labelled = (title: string, field: HTMLElement, wide = false) => h("label", { class: wide ? "wide" : "" }, title, " ", field);
    box.append(labelled("Input comes from", this.ask), labelled("Arguments", this.args), labelled("Environment", this.env, true), labelled("Go", this.toolchain), labelled("Policy", this.policy));
    for (const [flag, title, help] of flags) {
      const check = h("input", { type: "checkbox", id: `flag-${flag}` });
      this.boxes.set(flag, check);
      box.append(h("label", { class: "check", title: help }, check, ` ${title}`));
    }
    box.addEventListener("input", () => this.changed());
    this.kind.addEventListener("change", () => this.changed());
    this.policy.addEventListener("change", () => this.policyChanged(this.chosenPolicy()!));
  }

  offer(toolchains: Toolchain[], policies: Policy[]): void {
    this.policies = policies;
    this.toolchain.replaceChildren(...toolchains.map((it) => h("option", { value: it.default ? "" : it.name }, it.default ? `${it.name} (default)` : it.name)));
    this.policy.replaceChildren(...policies.map((it) => h("option", { value: it.name, selected: it.default }, it.name)));
    const policy = this.chosenPolicy();
    if (policy) this.policyChanged(policy);
  }

  chosenPolicy(): Policy | undefined {
    return this.policies.find((policy) => policy.name === this.policy.value);
  }

  private on(flag: Flag): boolean {
    return this.boxes.get(flag)!.checked;
  }

  // The input stays open: the program asks, and is answered while it runs.
  isOpen(files: Record<string, string>): boolean {
    if (this.ask.value !== "auto") return this.ask.value === "ask";
    return !this.input.value && Object.values(files).some((text) => readsInput.test(text));
  }

  request(files: Record<string, string>): RunRequest {
    const kind = this.kind.value;
    const request: RunRequest = { files, kind: kind === "bench" ? "test" : kind, timeline: true };
    const args = splitWords(this.args.value);
    if (kind === "bench") request.test = { run: "^$", bench: ".", benchmem: true };
    if (args.length > 0) request["args"] = args;
    const env: Record<string, string> = {};
    for (const line of this.env.value.split("\n")) {
      const at = line.indexOf("=");
      if (at > 0) env[line.slice(0, at).trim()] = line.slice(at + 1);
    }
    if (Object.keys(env).length > 0) request["env"] = env;
    if (this.input.value) request["stdin"] = this.input.value;
    if (this.isOpen(files)) request["stdin_open"] = true;
    if (this.toolchain.value) request["toolchain"] = this.toolchain.value;
    const policy = this.chosenPolicy();
    if (policy && !policy.default) request["policy"] = policy.name;
    // Without a policy of their own choice racy programs get the one made for them.
    for (const [flag] of flags) if (this.on(flag)) request[flag] = true;
    return request;
  }

  asParameters(): Record<string, string> {
    const out: Record<string, string> = {};
    if (this.kind.value !== "run") out["kind"] = this.kind.value;
    for (const [name, field] of [["stdin", this.input], ["args", this.args], ["env", this.env], ["go", this.toolchain]] as const) if (field.value) out[name] = field.value;
    if (this.ask.value !== "auto") out["ask"] = this.ask.value;
    const policy = this.chosenPolicy();
    if (policy && !policy.default) out["policy"] = policy.name;
    for (const [flag] of flags) if (this.on(flag)) out[flag] = "1";
    return out;
  }

  take(parameters: URLSearchParams): void {
    this.kind.value = parameters.get("kind") ?? "run";
    if (this.kind.selectedIndex < 0) this.kind.value = "run";
    for (const [name, field] of [["stdin", this.input], ["args", this.args], ["env", this.env]] as const) if (parameters.has(name)) field.value = parameters.get(name)!;
    if (parameters.has("ask")) this.ask.value = parameters.get("ask")!;
    for (const [flag] of flags) this.boxes.get(flag)!.checked = parameters.get(flag) === "1";
    const choose = (select: HTMLSelectElement, value: string | null) => {
      if (value && [...select.options].some((option) => option.value === value)) select.value = value;
    };
    choose(this.toolchain, parameters.get("go"));
    choose(this.policy, parameters.get("policy"));
    const policy = this.chosenPolicy();
    if (policy) this.policyChanged(policy);
  }
}
