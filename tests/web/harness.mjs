// SPDX-License-Identifier: Apache-2.0

// What the cases stand on: a server of their own, a browser, pages whose mistakes are counted, and the
// report, in the form of gtest's that `./dev test` reads.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(join(root, "web/package.json"));
const { chromium } = require("playwright-core");
export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
export const patience = 60_000; // a busy machine compiles slowly

export function check(holds, said) {
  if (!holds) throw new Error(said);
}

export function equal(is, should, said = "") {
  check(is === should, `${said}: ${JSON.stringify(is)}, and should be ${JSON.stringify(should)}`);
}

export const example = (name) => readFileSync(join(root, "examples", name), "utf8");
export const main = (body, ...imports) =>
  `package main\n\nimport (\n${imports.map((each) => `\t"${each}"\n`).join("")})\n\nfunc main() {\n${body}\n}\n`;

export class Server {
  constructor(binary, flags = []) {
    this.binary = binary;
    this.flags = flags;
    this.data = mkdtempSync(join(tmpdir(), "gobox-web-"));
    this.address = "127.0.0.1:0";
  }

  async start() {
    const args = ["--address", this.address, "--data-dir", join(this.data, "data"), "--quiet", ...this.flags];
    this.process = spawn(this.binary, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.url = await new Promise((done, failed) => {
      let text = "";
      this.process.once("exit", (code) => failed(new Error(`sandbox-api ended with ${code}`)));
      this.process.stdout.on("data", (bytes) => {
        text += bytes;
        const found = /listening on (\S+)/.exec(text);
        if (found) done(found[1]);
      });
    });
    this.address = this.url.slice("http://".length);
    for (const until = Date.now() + 10 * patience; ; ) {
      if ((await fetch(`${this.url}/readyz`)).ok) return this;
      check(Date.now() < until, "the server does not become ready");
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async kill() {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await gone;
  }

  async end() {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await Promise.race([gone, new Promise((done) => setTimeout(done, 15_000))]);
    this.process.kill("SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }

  memory() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.process.pid}/status`, "utf8"))[1]) * 1024;
  }
}

// Stands between browser and server, and breaks what passes when it is told to.
export async function breakableProxy(server) {
  const [host, port] = server.address.split(":");
  const sockets = new Set();
  const proxy = net.createServer((from) => {
    const to = net.connect(Number(port), host);
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => (sockets.delete(socket), from.destroy(), to.destroy()));
    }
    from.pipe(to).pipe(from);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    cut: () => [...sockets].forEach((socket) => socket.destroy()),
    close: () => (proxy.close(), [...sockets].forEach((socket) => socket.destroy())),
  };
}

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info", "--js-flags=--expose-gc"] });

// A page of a fresh visitor. `mistakes` collects what went wrong in it: exceptions, and whatever the
// page's own security policy had to stop.
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.mistakes = [];
  page.foreign = [];
  page.on("pageerror", (error) => page.mistakes.push(String(error.stack ?? error)));
  page.on("console", (message) => /Content Security Policy|TrustedHTML|TrustedScript/.test(message.text()) && page.mistakes.push(message.text()));
  page.on("request", (request) => !/^(blob:|data:)/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin && page.foreign.push(request.url()));
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.locator(".cm-content").waitFor();
  return page;
}

// As a user does it: the whole text chosen and written over, by way of the clipboard's event.
export async function write(page, text) {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    const target = document.querySelector(".editor").shadowRoot.querySelector(".cm-content");
    target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

export const outcome = async (page) => {
  await page.locator("#run:not([aria-busy=true])").waitFor();
  await page.locator(".banner[data-outcome]").waitFor();
  return page.locator(".banner").getAttribute("data-outcome");
};

export async function run(page, text) {
  if (text !== undefined) await write(page, text);
  await page.locator("#verdict").evaluate((it) => it.replaceChildren());
  await page.locator("#run").click();
  await page.locator("#verdict > *").first().waitFor();
  return outcome(page);
}

// Not innerText, which leaves out what is scrolled out of sight.
export const printed = (page) => page.locator(".output").evaluate((it) => [...it.querySelectorAll(".ln")].map((line) => line.textContent).join("\n"));
export const tab = (page, name) => page.locator("#results > [role=tablist]").getByRole("tab", { name }).click();

const xml = (text) => text.replace(/[^\x20-\x7e\n]/g, "?").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export async function runCases(cases, report) {
  const lines = [];
  let failed = 0;
  for (const [name, body] of cases) {
    const start = Date.now();
    let failure = "";
    const late = new Promise((_, no) => setTimeout(() => no(new Error("took more than five minutes")), 300_000).unref());
    try {
      await Promise.race([body(), late]);
    } catch (error) {
      failure = String(error.stack ?? error);
      ++failed;
    }
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(`${failure ? "[  FAILED  ]" : "[       OK ]"} Web.${name} (${seconds} s)`);
    if (failure) console.log(failure.slice(0, 4000));
    const open = `    <testcase name="${name}" status="run" result="completed" time="${seconds}" classname="Web"`;
    lines.push(failure ? `${open}>\n      <failure message="${xml(failure.slice(0, 4000)).replaceAll("\n", "&#10;")}"></failure>\n    </testcase>` : `${open} />`);
  }
  if (report) writeFileSync(report, `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="Web">\n${lines.join("\n")}\n  </testsuite>\n</testsuites>\n`);
  return failed;
}
