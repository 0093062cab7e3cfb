// SPDX-License-Identifier: Apache-2.0

// The program in the editor: its files as tabs, and its draft in the browser. A draft belongs to the
// address of the page, is written at every change, and outlives reload, crash and failed runs.

import type { Editor } from "./editor";
import { h } from "./dom";
import { nameProblem, parse, print, toMap } from "./files";
import type { File } from "./files";

const prefix = "gobox.draft:";
const mostDrafts = 30;
const mostLocalFile = 1 << 20;

export class Project {
  readonly element = h("div", { class: "filetabs" });
  private readonly list = h("div", { role: "tablist", "aria-label": "Files" });
  private files: File[] = [];
  private active = "";
  private original = "";
  private saved = "";
  private timer = 0;

  constructor(private readonly editor: Editor, private readonly panel: HTMLElement, private readonly say: (text: string, back?: () => void) => void) {
    panel.setAttribute("role", "tabpanel");
    const add = h("button", { type: "button", class: "quiet", title: "New file", "aria-label": "New file", onclick: () => this.addFile() }, "+");
    const open = h("input", { type: "file", multiple: true, hidden: true, accept: ".go,.mod,.sum,.txtar,.txt,.json,.s,.html,.tmpl" });
    open.addEventListener("change", () => void this.take([...(open.files ?? [])]).then(() => (open.value = "")));
    const pick = h("button", { type: "button", class: "quiet", onclick: () => open.click() }, "Open…");
    const save = h("button", { type: "button", class: "quiet", onclick: () => this.download() }, "Save");
    const reset = h("button", { type: "button", class: "quiet", onclick: () => this.reset() }, "Reset");
    this.element.append(this.list, add, h("span", { class: "spring" }), open, pick, save, reset);
    this.list.addEventListener("keydown", (event) => this.key(event));
    panel.addEventListener("dragover", (event) => event.preventDefault());
    panel.addEventListener("drop", (event) => void this.drop(event));
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
  }

  // `original`: what Reset goes back to. A draft of this address wins over it.
  begin(original: string): void {
    this.original = original;
    const draft = localStorage.getItem(prefix + location.pathname);
    this.load(draft ?? original);
    if (draft !== null && draft !== original) this.say("Your draft from last time. Reset goes back to the original.");
  }

  load(text: string): void {
    this.files = parse(text);
    this.editor.reset();
    this.saved = text;
    this.active = "";
    const first = this.files.find((file) => file.name === "main.go" || file.name === "prog.go") ?? this.files.find((file) => file.name.endsWith(".go"));
    this.show((first ?? this.files[0]!).name);
  }

  // Another program in the place of this one, which can be had back.
  open(text: string, said: string): void {
    const before = this.text();
    const put = (program: string, told: string, back?: () => void) => {
      this.load(program);
      this.saved = "";
      this.keep();
      this.say(told, back);
    };
    put(text, said, before.trim() && before !== text ? () => put(before, "Here it is again.") : undefined);
  }

  text(): string {
    return print(this.files);
  }

  map(): Record<string, string> {
    return toMap(this.files);
  }

  names(): string[] {
    return this.files.map((file) => file.name);
  }

  activeName(): string {
    return this.active;
  }

  hasTests(): boolean {
    return this.files.some((file) => file.name.endsWith("_test.go"));
  }

  edited(name: string, text: string): void {
    const file = this.files.find((each) => each.name === name);
    if (!file || file.text === text) return;
    file.text = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 300);
  }

  // What the formatter made of it.
  replaceAll(text: string): void {
    for (const file of parse(text)) {
      const mine = this.files.find((each) => each.name === file.name) ?? (this.files.length === 1 ? this.files[0] : undefined);
      if (!mine || mine.text === file.text) continue;
      if (mine.name === this.active) this.editor.replace(file.text);
      else this.editor.forget(mine.name);
      mine.text = file.text;
    }
    this.keep();
  }

  // After sharing, this text is what this address stands for.
  shared(): void {
    this.original = this.text();
    this.keep();
  }

  keep(): void {
    clearTimeout(this.timer);
    const text = this.text();
    if (text === this.saved) return;
    this.saved = text;
    const key = prefix + location.pathname;
    try {
      localStorage.removeItem(key); // and back at the end: the oldest draft is the first
      if (text !== this.original) localStorage.setItem(key, text);
      const drafts = Object.keys(localStorage).filter((each) => each.startsWith(prefix) && each !== key);
      for (const old of drafts.slice(0, Math.max(0, drafts.length - mostDrafts))) localStorage.removeItem(old);
    } catch {
      this.say("The browser keeps no more drafts: save this program to a file.");
    }
  }

  show(name: string): void {
    const file = this.files.find((each) => each.name === name);
    if (!file) return;
    this.active = name;
    this.editor.open(name, file.text);
    this.draw();
  }

  private draw(): void {
    const several = this.files.length > 1;
    const tabs = this.files.map((file, i) => {
      const chosen = file.name === this.active;
      const id = `file-${i}`;
      if (chosen) this.panel.setAttribute("aria-labelledby", id);
      return h(
        "button",
        { type: "button", role: "tab", id, "aria-selected": String(chosen), tabindex: chosen ? 0 : -1, title: "Double-click renames, Delete removes", onclick: () => this.show(file.name), ondblclick: () => this.rename(file) },
        file.name,
      );
    });
    this.list.replaceChildren(...tabs);
    this.list.classList.toggle("single", !several);
  }

  private key(event: KeyboardEvent): void {
    const at = this.files.findIndex((file) => file.name === this.active);
    if (event.key === "Delete" && this.files.length > 1) this.remove(this.files[at]!);
    else if (event.key === "F2") this.rename(this.files[at]!);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const step = event.key === "ArrowRight" ? 1 : this.files.length - 1;
      this.show(this.files[(at + step) % this.files.length]!.name);
    } else return;
    event.preventDefault();
    (this.list.querySelector('[aria-selected="true"]') as HTMLElement | null)?.focus();
  }

  private addFile(): void {
    const name = prompt("Name of the new file", this.hasTests() ? "util.go" : "main_test.go")?.trim();
    if (name === undefined) return;
    const problem = nameProblem(name, this.files);
    if (problem) return this.say(problem);
    const pkg = /^package\s+(\w+)/m.exec(this.files.find((file) => !file.name.includes("/"))?.text ?? "")?.[1] ?? "main";
    const folder = name.split("/").slice(-2, -1)[0];
    this.files.push({ name, text: name.endsWith(".go") ? `package ${folder ?? pkg}\n\n` : "" });
    this.show(name);
    this.keep();
    this.editor.focus();
  }

  private rename(file: File): void {
    const name = prompt("New name", file.name)?.trim();
    if (name === undefined || name === file.name) return;
    const problem = nameProblem(name, this.files);
    if (problem) return this.say(problem);
    this.editor.rename(file.name, name);
    if (this.active === file.name) this.active = name;
    file.name = name;
    this.show(this.active);
    this.keep();
  }

  private remove(file: File): void {
    if (file.text.trim() && !confirm(`Remove ${file.name}?`)) return;
    this.files = this.files.filter((each) => each !== file);
    this.editor.forget(file.name);
    this.show(this.files[0]!.name);
    this.keep();
  }

  private reset(): void {
    if (this.text() === this.original) return this.say("Nothing to reset: this is the original.");
    this.open(this.original, "This is the original.");
  }

  private download(): void {
    const single = this.files.length === 1;
    const url = URL.createObjectURL(new Blob([single ? this.files[0]!.text : this.text()], { type: "text/plain" }));
    h("a", { href: url, download: single ? this.files[0]!.name : "program.txtar" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  private async drop(event: DragEvent): Promise<void> {
    if (!event.dataTransfer) return;
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
    const files: globalThis.File[] = [];
    for (const entry of entries) await walk(entry, files);
    await this.take(files.length > 0 ? files : [...event.dataTransfer.files]);
  }

  private async take(files: globalThis.File[]): Promise<void> {
    const read: File[] = [];
    for (const file of files) {
      const path = ((file as { path?: string }).path ?? file.webkitRelativePath) || file.name;
      const skipped = /(^|\/)(\.git|node_modules|vendor)\//.test(path) || file.size > mostLocalFile;
      if (skipped || read.length >= 500) continue;
      const text = await file.text();
      if (text.includes("\0")) continue;
      if (path.endsWith(".txtar")) read.push(...parse(text));
      else read.push({ name: path.replace(/^\.?\//, ""), text });
    }
    if (read.length === 0) return this.say("There was no text file of a program in that.");
    // One folder dropped is the program's root.
    const root = read[0]!.name.split("/")[0]! + "/";
    if (read.every((file) => file.name.startsWith(root))) for (const file of read) file.name = file.name.slice(root.length);
    this.open(read.length === 1 && read[0]!.name.endsWith(".go") ? read[0]!.text : print(read), `Opened ${read.length} ${read.length === 1 ? "file" : "files"}.`);
  }
}

async function walk(entry: FileSystemEntry, out: globalThis.File[]): Promise<void> {
  if (out.length >= 500 || /^(\.git|node_modules|vendor)$/.test(entry.name)) return;
  if (entry.isFile) {
    const file = await new Promise<globalThis.File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    Object.defineProperty(file, "path", { value: entry.fullPath });
    out.push(file);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (batch.length === 0) return;
    for (const each of batch) await walk(each, out);
  }
}
