// SPDX-License-Identifier: Apache-2.0

// Makes dist/ out of src/: one page, its scripts and styles named by their content and compressed.
// The same input gives the same bytes, whatever the machine: that is how CI knows that what is
// committed is what the sources say. `--check` compares instead of writing.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { gzipSync } from "fflate"; // and not node's zlib, whose bytes differ between versions

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const groups = [
  ["First steps", "classics", (name) => name.endsWith(".go") || name.endsWith(".txtar")],
  ["How programs end", "../examples", (name) => name.endsWith(".go") || name.endsWith(".txtar")],
  ["Why programs die", "../examples/diagnosis", (name) => name.endsWith(".go")],
];

// The examples, as a module of their own that is loaded when the menu is opened.
const examples = {
  name: "examples",
  setup(build) {
    build.onResolve({ filter: /^gobox:examples$/ }, (args) => ({ path: args.path, namespace: "gobox" }));
    build.onLoad({ filter: /.*/, namespace: "gobox" }, () => {
      const list = groups.map(([title, folder, fits]) => ({
        title,
        programs: readdirSync(join(here, folder))
          .filter(fits)
          .sort()
          .map((name) => ({ name, text: readFileSync(join(here, folder, name), "utf8") })),
      }));
      return { contents: JSON.stringify(list), loader: "json" };
    });
  },
};

const licenses = () => {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  const shipped = Object.entries(lock.packages).filter(([path, it]) => path && !it.dev);
  const texts = shipped.sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, it]) => {
    const file = readdirSync(join(here, path)).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? readFileSync(join(here, path, file), "utf8") : `License: ${it.license}`;
    return `${path.replace("node_modules/", "")} ${it.version}\n\n${text.trim()}\n`;
  });
  return texts.join("\n" + "-".repeat(72) + "\n\n");
};

const hashed = (name, ending, bytes) =>
  `${name}-${createHash("sha256").update(bytes).digest("hex").slice(0, 10)}${ending}`;

async function make() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: { app: "src/main.ts", style: "src/style.css" },
    outdir: "dist",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    plugins: [examples],
    metafile: true,
  });
  const files = new Map();
  const add = (name, bytes) => files.set(`${name}.gz`, gzipSync(bytes, { level: 9, mtime: 0, mem: 12 }));
  let page = readFileSync(join(here, "src/index.html"), "utf8");
  for (const file of result.outputFiles) {
    const name = file.path.slice(dist.length + 1);
    add(name, file.contents);
    if (name.startsWith("app-")) page = page.replaceAll("{{app}}", name);
    if (name.startsWith("style-")) page = page.replaceAll("{{style}}", name);
  }
  const icon = readFileSync(join(here, "src/icon.svg"));
  const iconName = hashed("icon", ".svg", icon);
  add(iconName, icon);
  const text = Buffer.from(licenses());
  const licensesName = hashed("licenses", ".txt", text);
  add(licensesName, text);
  page = page.replaceAll("{{icon}}", iconName).replaceAll("{{licenses}}", licensesName);
  files.set("index.html", Buffer.from(page));
  return { files, first: firstLoad(result.metafile, files) };
}

// What a browser fetches before the editor is ready: the page, its style, and what app imports at once.
function firstLoad(metafile, files) {
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const it of metafile.outputs[path].imports) if (it.kind === "import-statement") visit(it.path);
  };
  for (const path of Object.keys(metafile.outputs)) if (/^dist\/(app|style)-/.test(path)) visit(path);
  let bytes = files.get("index.html").length;
  for (const path of seen) bytes += files.get(`${path.slice(5)}.gz`).length;
  return bytes;
}

const { files, first } = await make();
const most = 190_000;
console.log(`first load: ${first} bytes of ${most}`);
if (first > most) {
  console.error("the first load is too large");
  process.exit(1);
}
if (process.argv.includes("--check")) {
  const there = existsSync(dist) ? readdirSync(dist) : [];
  const wrong = [...files].filter(([name, bytes]) => !there.includes(name) || !readFileSync(join(dist, name)).equals(bytes));
  const extra = there.filter((name) => !files.has(name));
  for (const [name] of wrong) console.error(`dist/${name} is not what the sources make`);
  for (const name of extra) console.error(`dist/${name} is left over`);
  if (wrong.length + extra.length > 0) process.exit(1);
  console.log(`${files.size} files as committed`);
} else {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const [name, bytes] of files) writeFileSync(join(dist, name), bytes);
  console.log(`${files.size} files written`);
}
