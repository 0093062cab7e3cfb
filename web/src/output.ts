// SPDX-License-Identifier: Apache-2.0

// What a program prints, as it comes: colours (SGR), pictures (IMAGE:), form feed. Never markup, and
// never so much that the page stops: work is done in slices, lines are cut into pieces, and only the
// end of a flood is kept on the page. The whole text can be saved.

import { h, size } from "./dom";

const sliceCharacters = 48 * 1024; // of a frame
const pieceCharacters = 2000; // of one line's element
const mostPieces = 4000; // on the page
const mostSpans = 12_000; // with a style of their own, on the page
const mostKept = 16 << 20; // characters, to be saved
const mostImage = 4 << 20; // characters of one picture
const mostImages = 12;

interface Style {
  fg: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

const plain = (): Style => ({ fg: "", bold: false, dim: false, italic: false, underline: false, inverse: false });

const classesOf = (style: Style): string =>
  [
    style.fg,
    style.bold && "a-bold",
    style.dim && "a-dim",
    style.italic && "a-italic",
    style.underline && "a-under",
    style.inverse && "a-inverse",
  ]
    .filter(Boolean)
    .join(" ");

// Characters that would reorder or hide what stands around them are shown instead.
const invisible = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function visible(text: string): string {
  return text.replace(invisible, (c) => {
    const code = c.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `\u27e8U+${code.toString(16).toUpperCase()}\u27e9`;
  });
}

interface Queued {
  kind: "out" | "err" | "in";
  text: string;
}

export class Output {
  readonly element = h("div", { class: "output", tabindex: 0, role: "log", "aria-label": "Output", "aria-live": "off" });
  private queue: Queued[] = [];
  private scheduled = false;
  private following = true;
  private lastTop = 0;
  private line: HTMLElement | null = null;
  private lineLength = 0;
  private style = plain();
  private pieces: { element: HTMLElement; spans: number; image: string }[] = [];
  private spans = 0;
  private images = 0;
  private held = ""; // the beginning of an escape or of a picture, whose end is to come
  private imageText: string | null = null;
  private atLineStart = true;
  private dropped = 0;
  private droppedNote = h("div", { class: "note", hidden: true });
  private kept: string[] = [];
  private keptSize = 0;

  constructor() {
    this.element.append(this.droppedNote);
    // The end stays in sight until the reader goes back up. Whether it is in sight says nothing: lines
    // that were never drawn count as one row each until they are.
    this.element.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.element;
      if (scrollTop < this.lastTop - 4) this.following = false;
      if (scrollTop + clientHeight >= scrollHeight - 24) this.following = true;
      this.lastTop = scrollTop;
    });
  }

  clear(): void {
    for (const piece of this.pieces) if (piece.image) URL.revokeObjectURL(piece.image);
    this.element.replaceChildren(this.droppedNote);
    this.droppedNote.hidden = true;
    this.queue = [];
    this.following = true;
    this.lastTop = 0;
    this.line = null;
    this.lineLength = 0;
    this.style = plain();
    this.pieces = [];
    this.spans = this.images = this.dropped = this.keptSize = 0;
    this.held = "";
    this.imageText = null;
    this.atLineStart = true;
    this.kept = [];
  }

  add(kind: Queued["kind"], text: string): void {
    if (this.keptSize < mostKept) {
      this.kept.push(text);
      this.keptSize += text.length;
    }
    this.queue.push({ kind, text });
    this.schedule();
  }

  text(): string {
    return this.kept.join("");
  }

  // When everything that came is on the page.
  async settled(): Promise<void> {
    while (this.queue.length > 0) await new Promise((done) => setTimeout(done, 16));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A hidden page draws no frames, and its output must not pile up.
    const next = document.hidden ? (work: () => void) => setTimeout(work, 50) : requestAnimationFrame;
    next(() => {
      this.scheduled = false;
      this.work();
    });
  }

  private work(): void {
    const until = performance.now() + 8;
    let left = sliceCharacters;
    while (this.queue.length > 0 && left > 0 && performance.now() < until) {
      const first = this.queue[0]!;
      const part = first.text.slice(0, 4096);
      first.text = first.text.slice(part.length);
      if (!first.text) this.queue.shift();
      left -= part.length;
      this.print(first.kind, part);
    }
    this.trim();
    if (this.following) this.element.scrollTop = this.element.scrollHeight;
    if (this.queue.length > 0) this.schedule();
  }

  private print(kind: Queued["kind"], part: string): void {
    let text = this.held + part;
    this.held = "";
    while (text) {
      if (this.imageText !== null) text = this.collectImage(text);
      else if (this.atLineStart && kind === "out" && "IMAGE:".startsWith(text.slice(0, 6))) {
        if (text.length < 6) {
          this.held = text;
          return;
        }
        this.imageText = "";
        text = text.slice(6);
      } else text = this.printUntilSpecial(kind, text);
    }
  }

  private printUntilSpecial(kind: Queued["kind"], text: string): string {
    const at = text.search(/[\n\f\u001b\r]/);
    if (at !== 0) {
      const end = at < 0 ? text.length : at;
      this.write(kind, text.slice(0, end));
      return text.slice(end);
    }
    const c = text[0];
    if (c === "\n") this.endLine(kind);
    else if (c === "\f") this.clearScreen();
    else if (c === "\u001b") return this.escape(kind, text);
    return text.slice(1);
  }

  private escape(kind: Queued["kind"], text: string): string {
    const sequence = /^\u001b\[([0-9;?]*)([@-~])/.exec(text);
    if (sequence) {
      if (sequence[2] === "m") this.paint(sequence[1]!);
      else if (sequence[2] === "J" && (sequence[1] === "2" || sequence[1] === "3")) this.clearScreen();
      return text.slice(sequence[0].length);
    }
    if (/^\u001b(\[[0-9;?]{0,32})?$/.test(text)) {
      this.held = text;
      return "";
    }
    this.write(kind, "\u001b");
    return text.slice(1);
  }

  private paint(codes: string): void {
    const list = codes.split(";").slice(0, 16).map(Number);
    for (let i = 0; i < list.length; ++i) {
      const code = list[i]!;
      const style = this.style;
      if (code === 0) this.style = plain();
      else if (code === 1) style.bold = true;
      else if (code === 2) style.dim = true;
      else if (code === 3) style.italic = true;
      else if (code === 4) style.underline = true;
      else if (code === 7) style.inverse = true;
      else if (code === 22) style.bold = style.dim = false;
      else if (code === 23) style.italic = false;
      else if (code === 24) style.underline = false;
      else if (code === 27) style.inverse = false;
      else if (code >= 30 && code <= 37) style.fg = `a-${code - 30}`;
      else if (code >= 90 && code <= 97) style.fg = `a-${code - 90}`;
      else if (code === 39) style.fg = "";
      else if (code === 38 || code === 48) {
        // Of the 256 colours those that have a name here; of the others only their place is taken.
        if (code === 38 && list[i + 1] === 5 && list[i + 2]! < 16) style.fg = `a-${list[i + 2]! % 8}`;
        i += list[i + 1] === 5 ? 2 : 4;
      }
    }
  }

  private piece(kind: Queued["kind"]): HTMLElement {
    if (this.line && this.lineLength < pieceCharacters) return this.line;
    this.line = h("div", { class: `ln ${kind}` });
    this.lineLength = 0;
    this.pieces.push({ element: this.line, spans: 0, image: "" });
    this.element.append(this.line);
    return this.line;
  }

  private write(kind: Queued["kind"], text: string): void {
    this.atLineStart = false;
    for (let from = 0; from < text.length; ) {
      const line = this.piece(kind);
      const part = text.slice(from, from + pieceCharacters - this.lineLength);
      from += part.length;
      this.lineLength += part.length;
      const classes = [classesOf(this.style), line.classList.contains(kind) ? "" : kind].filter(Boolean).join(" ");
      const shown = visible(part);
      const last = line.lastChild;
      if (!classes || this.spans >= mostSpans) {
        if (last instanceof Text) last.appendData(shown);
        else line.append(shown);
      } else if (last instanceof HTMLElement && last.className === classes) {
        (last.firstChild as Text).appendData(shown);
      } else {
        line.append(h("span", { class: classes }, shown));
        ++this.pieces[this.pieces.length - 1]!.spans;
        ++this.spans;
      }
    }
  }

  private endLine(kind: Queued["kind"]): void {
    if (!this.line) this.piece(kind).append("\u200b");
    this.line = null;
    this.atLineStart = true;
  }

  private clearScreen(): void {
    for (const piece of this.pieces) if (piece.image) URL.revokeObjectURL(piece.image);
    this.pieces = [];
    this.spans = this.images = 0;
    this.line = null;
    this.atLineStart = true;
    this.element.replaceChildren(this.droppedNote);
  }

  private collectImage(text: string): string {
    const end = text.indexOf("\n");
    const rest = end < 0 ? "" : text.slice(end);
    this.imageText += end < 0 ? text : text.slice(0, end);
    if (this.imageText!.length > mostImage) {
      this.imageText = null;
      this.write("err", "[a picture larger than this page shows]");
      return rest;
    }
    if (end >= 0) this.endImage();
    return rest;
  }

  // A picture whose line lacks its end comes with the end of the run.
  flush(): void {
    void this.settled().then(() => {
      if (this.imageText !== null) this.endImage();
      if (this.held) {
        const held = this.held;
        this.held = "";
        this.write("out", held);
      }
    });
  }

  private endImage(): void {
    const text = this.imageText!.trim();
    this.imageText = null;
    const type = { iVBOR: "image/png", R0lGO: "image/gif", "/9j/": "image/jpeg", UklGR: "image/webp" };
    const found = Object.entries(type).find(([start]) => text.startsWith(start));
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    } catch {
      bytes = new Uint8Array();
    }
    if (!found || bytes.length === 0 || this.images >= mostImages) {
      this.write("out", `IMAGE:${text.slice(0, 200)}`);
      return;
    }
    ++this.images;
    const url = URL.createObjectURL(new Blob([bytes], { type: found[1] }));
    const image = h("img", { src: url, alt: `Picture the program drew (${size(bytes.length)})`, class: "drawn" });
    const element = h("div", { class: "ln out" }, image);
    this.pieces.push({ element, spans: 0, image: url });
    this.element.append(element);
    this.line = null;
  }

  private trim(): void {
    if (this.pieces.length <= mostPieces && this.spans <= mostSpans) return;
    let gone = Math.max(0, this.pieces.length - mostPieces);
    let spans = this.spans;
    for (let i = 0; i < this.pieces.length - 1 && (i < gone || spans > mostSpans * 0.75); ++i) {
      spans -= this.pieces[i]!.spans;
      gone = Math.max(gone, i + 1);
    }
    if (this.spans <= mostSpans) gone = Math.max(0, this.pieces.length - mostPieces);
    for (const piece of this.pieces.splice(0, gone)) {
      piece.element.remove();
      this.spans -= piece.spans;
      if (piece.image) URL.revokeObjectURL(piece.image);
    }
    this.dropped += gone;
    this.droppedNote.hidden = false;
    this.droppedNote.textContent = `${this.dropped} earlier lines are not shown; Save output has them.`;
  }
}
