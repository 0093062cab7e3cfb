// SPDX-License-Identifier: Apache-2.0

// The editor: CodeMirror in a shadow root, whose styles are adopted sheets, so that the page needs no
// inline style. Or a plain text area, for who prefers one. One document per file, with its own history.

import { autocompletion, closeBrackets, closeBracketsKeymap, completeAnyWord, completionKeymap } from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { go } from "@codemirror/lang-go";
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { h } from "./dom";

const colours = HighlightStyle.define([
  { tag: [t.keyword, t.controlKeyword, t.definitionKeyword, t.modifier], color: "var(--c-keyword)", fontWeight: "600" },
  { tag: [t.string, t.character, t.special(t.string)], color: "var(--c-string)" },
  { tag: [t.number, t.bool, t.null], color: "var(--c-number)" },
  { tag: t.comment, color: "var(--c-comment)", fontStyle: "italic" },
  { tag: [t.typeName, t.className], color: "var(--c-type)" },
  { tag: [t.function(t.variableName), t.function(t.propertyName), t.function(t.definition(t.variableName))], color: "var(--c-function)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "var(--code-size)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--accent)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line-on)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected)" },
  ".cm-matchingBracket": { backgroundColor: "var(--selected)", outline: "1px solid var(--accent)" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--ink)" },
  ".cm-textfield": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--panel)", border: "none", color: "var(--soft)" },
  // Its own marks are pictures in data: URLs, which the page's policy keeps out.
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy", textDecorationSkipInk: "none", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warn)" },
  ".cm-lintRange-info, .cm-lintRange-hint": { textDecorationColor: "var(--soft)" },
  ".cm-lint-marker": { width: "1em", height: "1em", lineHeight: "1.3" },
  ".cm-lint-marker-error": { content: "none" },
  ".cm-lint-marker-warning": { content: "none" },
  ".cm-lint-marker-info": { content: "none" },
  ".cm-lint-marker-error::after": { content: "'●'", color: "var(--bad)" },
  ".cm-lint-marker-warning::after": { content: "'▲'", color: "var(--warn)" },
  ".cm-lint-marker-info::after": { content: "'◆'", color: "var(--soft)" },
  ".cm-highlightTab": { backgroundImage: "none" },
  ".cm-flash": { backgroundColor: "var(--flash)" },
});

type Exported = Record<string, string>;
let exported: Promise<Map<string, { path: string; names: string[] }>> | undefined;

// Of each package, by the name it is used with.
function standardLibrary() {
  exported ??= import("./stdlib.json").then((module) => {
    const byName = new Map<string, { path: string; names: string[] }>();
    for (const [path, names] of Object.entries(module.default as Exported)) {
      const name = path.split("/").filter((part) => !/^v\d+$/.test(part)).pop()!;
      if (!byName.has(name)) byName.set(name, { path, names: names.split(" ") });
    }
    return byName;
  });
  return exported;
}

const kinds: Record<string, string> = { f: "function", t: "type", c: "constant", v: "variable" };

async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const member = context.matchBefore(/\b[a-z][a-z0-9]*\.\w*/);
  if (member) {
    const dot = member.text.indexOf(".");
    const found = (await standardLibrary()).get(member.text.slice(0, dot));
    if (!found) return null;
    const options = found.names.map((name) => ({ label: name.slice(1), type: kinds[name[0]!]!, detail: found.path }));
    return { from: member.from + dot + 1, options, validFor: /^\w*$/ };
  }
  const quoted = context.matchBefore(/"[a-z0-9/]*/);
  if (quoted && /import|^\s*"/.test(context.state.doc.lineAt(context.pos).text)) {
    const options = [...(await standardLibrary()).values()].map(({ path }) => ({ label: path, type: "namespace" }));
    return { from: quoted.from + 1, options, validFor: /^[a-z0-9/]*$/ };
  }
  return completeAnyWord(context);
}

export interface Marker {
  file: string;
  line: number;
  column: number;
  text: string;
  severity: "error" | "warning" | "info";
}

export interface EditorOptions {
  changed(name: string, text: string): void;
  run(): void;
  format(): void;
}

export class Editor {
  readonly element = h("div", { class: "editor" });
  private readonly view: EditorView;
  private readonly area: HTMLTextAreaElement;
  private readonly states = new Map<string, EditorState>();
  private readonly special = new Compartment();
  private readonly extensions: Extension;
  private current = "";
  private plain = false;
  private markers: Marker[] = [];
  private vim: Extension = [];

  constructor(private readonly options: EditorOptions, area: HTMLTextAreaElement) {
    this.area = area;
    const shadow = this.element.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{display:block;min-height:0;overflow:hidden}.cm-editor{height:100%}");
    shadow.adoptedStyleSheets = [sheet];
    const run = () => (options.run(), true);
    const format = () => (options.format(), true);
    this.extensions = [
      this.special.of([]),
      keymap.of([
        { key: "Shift-Enter", run },
        { key: "Ctrl-Enter", run },
        { key: "Mod-Enter", run },
        { key: "Mod-s", run: format, preventDefault: true },
      ]),
      lineNumbers(),
      foldGutter(),
      lintGutter(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("\t"),
      EditorState.tabSize.of(4),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ override: [complete] }),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
      go(),
      syntaxHighlighting(colours),
      look,
      EditorView.contentAttributes.of({ "aria-label": "Source", tabindex: "0", autocapitalize: "off", spellcheck: "false" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) options.changed(this.current, update.state.doc.toString());
      }),
    ];
    this.view = new EditorView({ parent: shadow, root: shadow });
    area.addEventListener("input", () => options.changed(this.current, area.value));
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        options.run();
      }
    });
  }

  // Another program: nothing of the one before is kept.
  reset(): void {
    this.states.clear();
    this.current = "";
    this.markers = [];
  }

  open(name: string, text: string): void {
    if (this.current && this.current !== name) this.states.set(this.current, this.view.state);
    const kept = this.states.get(name);
    const state = kept && kept.doc.toString() === text ? kept : this.fresh(text);
    this.current = name;
    this.view.setState(state);
    this.view.dispatch({ effects: this.special.reconfigure(this.vim) });
    this.area.value = text;
    this.showMarkers();
  }

  // The same file with a text that somebody else made of it; can be undone.
  replace(text: string): void {
    if (this.plain) {
      this.area.value = text;
      this.options.changed(this.current, text);
      return;
    }
    const head = Math.min(this.view.state.selection.main.head, text.length);
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: EditorSelection.cursor(head),
    });
  }

  rename(from: string, to: string): void {
    const state = this.states.get(from);
    if (state) this.states.set(to, state);
    this.states.delete(from);
    if (this.current === from) this.current = to;
  }

  forget(name: string): void {
    this.states.delete(name);
    if (this.current === name) this.current = "";
  }

  setPlain(plain: boolean): void {
    const text = this.plain ? this.area.value : this.view.state.doc.toString();
    this.plain = plain;
    this.area.hidden = !plain;
    this.element.hidden = plain;
    if (plain) this.area.value = text;
    else if (text !== this.view.state.doc.toString()) this.replace(text);
  }

  async setVim(on: boolean): Promise<void> {
    this.vim = on ? (await import("@replit/codemirror-vim")).vim() : [];
    this.view.dispatch({ effects: this.special.reconfigure(this.vim) });
  }

  focus(): void {
    if (this.plain) this.area.focus();
    else this.view.focus();
  }

  goTo(line: number, column = 1): void {
    const at = this.view.state.doc.line(Math.min(Math.max(1, line), this.view.state.doc.lines));
    const head = Math.min(at.from + column - 1, at.to);
    if (this.plain) {
      this.area.setSelectionRange(at.from, at.to);
      this.area.focus();
      return;
    }
    this.view.dispatch({
      selection: EditorSelection.single(head),
      effects: EditorView.scrollIntoView(head, { y: "center" }),
    });
    this.view.focus();
  }

  mark(markers: Marker[]): void {
    this.markers = markers;
    this.showMarkers();
  }

  private showMarkers(): void {
    const doc = this.view.state.doc;
    const diagnostics: Diagnostic[] = this.markers
      .filter((marker) => marker.file === this.current && marker.line >= 1 && marker.line <= doc.lines)
      .map((marker) => {
        const line = doc.line(marker.line);
        const from = Math.min(line.from + Math.max(0, marker.column - 1), line.to);
        return { from, to: line.to, severity: marker.severity, message: marker.text };
      });
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  private fresh(text: string): EditorState {
    return EditorState.create({ doc: text, extensions: this.extensions });
  }
}
