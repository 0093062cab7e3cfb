// SPDX-License-Identifier: Apache-2.0

// Small helpers over the DOM. Everything a program or a stranger wrote goes in as text.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

export const mebi = 1 << 20;

export function size(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  for (const [unit, of] of [["GiB", 1 << 30], ["MiB", mebi], ["KiB", 1024]] as const) {
    if (bytes >= of) return `${trim(bytes / of)} ${unit}`;
  }
  return `${bytes} B`;
}

export function duration(ms: number): string {
  return ms >= 1000 ? `${trim(ms / 1000)} s` : `${trim(ms)} ms`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A row of tabs, each with its panel: arrows move, as the ARIA authoring practices have it.
export class TabList {
  readonly element = h("div", { role: "tablist" });
  private tabs: { button: HTMLButtonElement; panel: HTMLElement }[] = [];

  constructor(label: string, private readonly prefix: string) {
    this.element.setAttribute("aria-label", label);
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  add(title: string, panel: HTMLElement): HTMLButtonElement {
    const id = `${this.prefix}-${this.tabs.length}`;
    const button = h("button", { type: "button", role: "tab", id, "aria-controls": `${id}-panel` }, title);
    panel.id = `${id}-panel`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", id);
    button.addEventListener("click", () => this.show(panel));
    this.tabs.push({ button, panel });
    this.element.append(button);
    if (this.tabs.length === 1) this.show(panel);
    else panel.hidden = true;
    return button;
  }

  show(panel: HTMLElement): void {
    for (const tab of this.tabs) {
      const chosen = tab.panel === panel;
      tab.button.setAttribute("aria-selected", String(chosen));
      tab.button.tabIndex = chosen ? 0 : -1;
      if (tab.panel.hidden !== !chosen) {
        tab.panel.hidden = !chosen;
        if (chosen) tab.panel.dispatchEvent(new Event("shown"));
      }
    }
  }

  private key(event: KeyboardEvent): void {
    const at = this.tabs.findIndex((tab) => tab.button === document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length]!;
    this.show(next.panel);
    next.button.focus();
  }
}
