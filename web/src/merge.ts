// SPDX-License-Identifier: Apache-2.0

// Two outputs side by side; loaded when asked for.

import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { h } from "./dom";

export function showMerge(into: HTMLElement, a: string, b: string): void {
  const host = h("div", { class: "merge" });
  into.replaceChildren(host);
  const shadow = host.attachShadow({ mode: "open" });
  const look = EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "13px" },
    ".cm-scroller": { fontFamily: "var(--mono)" },
  });
  const side = (doc: string, label: string) => ({
    doc,
    extensions: [EditorState.readOnly.of(true), EditorView.editable.of(false), look, EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label })],
  });
  new MergeView({ a: side(a, "First run's output"), b: side(b, "Second run's output"), parent: shadow, root: shadow, collapseUnchanged: { margin: 2, minSize: 6 } });
}
