// SPDX-License-Identifier: Apache-2.0

// The page in a real browser, against a real server: node page_test.mjs SANDBOX_API [REPORT [FILTER]].

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Server, axeSource, breakableProxy, check, equal, example, launch, main, outcome, patience, printed, root, run, runCases, tab, visit, write } from "./harness.mjs";

const [binary = join(root, "build/bin/sandbox-api"), report, filter = "*"] = process.argv.slice(2);
const server = await new Server(binary).start();
const browser = await launch();
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const cases = [];
const test = (name, body) => cases.push([name, body]);

// With a page of its own that must end without a mistake and without a request to anywhere else.
const pageTest = (name, body, options) =>
  test(name, async () => {
    const page = await visit(browser, server.url, options);
    try {
      await body(page);
      equal(page.mistakes.join("\n"), "", "mistakes of the page");
      equal(page.foreign.join("\n"), "", "requests to elsewhere");
    } finally {
      await page.context().close();
    }
  });

test("BundleIsWhatTheSourcesMake", () => {
  const web = join(root, "web");
  execFileSync("npm", ["run", "check"], { cwd: web, stdio: "inherit" });
  execFileSync("npm", ["run", "build", "--", "--check"], { cwd: web, stdio: "inherit" });
});

pageTest("IsReadySoonAndRunsHello", async (page) => {
  const times = [];
  for (let i = 0; i < 5; ++i) {
    const fresh = await browser.newContext();
    const one = await fresh.newPage();
    await one.goto(server.url);
    await one.locator(".cm-content").waitFor();
    times.push(await one.evaluate(() => performance.now()));
    await fresh.close();
  }
  console.log(`editor ready after ${times.map(Math.round).join(", ")} ms`);
  // The best of them: what else a machine does is not the page's.
  check(Math.min(...times) <= 1000, `ready only after ${times} ms`);
  equal(await run(page), "ok");
  check((await printed(page)).includes("Hello, sandbox"), "hello is not printed");
});

// go test compiles more than a program does; a busy machine may need a second, warmer try.
async function patientRun(page) {
  for (let tries = 0; ; ++tries) {
    const ending = await run(page);
    const compiling = ending === "timeout" && (await page.locator(".banner").innerText()).includes("stage compile");
    if (!compiling || tries === 8) return ending;
  }
}

const endings = [
  ["ok", "hello.go"],
  ["exited", "exited.go"],
  ["signaled", "signaled.go"],
  ["oom", "oom.go"],
  ["timeout", "timeout.go"],
  ["output_limit", "output_limit.go"],
  ["pids_limit", "pids_limit.go"],
  ["leaked_processes", "leaked_processes.go"],
  ["compile_error", "compile_error.go"],
  ["race_detected", "race_detected.go", "race=1"],
  ["policy_violation", "policy_violation.go", "policy=strict"],
];
for (const [name, file, settings] of endings) {
  test(`ShowsTheEnding_${name}`, async () => {
    const id = await (await fetch(`${server.url}/share`, { method: "POST", body: example(file) })).text();
    const limits = name === "timeout" ? "wall_ms=1000" : "";
    const page = await visit(browser, `${server.url}/play/p/${id}#${settings ?? limits}`);
    await page.locator("#policy option").first().waitFor({ state: "attached" });
    equal(await run(page), name);
    const banner = await page.locator(".banner").innerText();
    check(banner.includes(name) && banner.length > 60, `the banner says only ${banner}`);
    check(!/^signal: killed$/m.test(banner), "the public page's words");
    const stages = await page.locator(".panel table tbody tr").allInnerTexts();
    check(name === "compile_error" || stages.length > 0, "no figures");
    if (name !== "compile_error") {
      await page.locator(".chart canvas, .chart.brief .now").first().waitFor();
      // What is over before it is looked at has no chart, and says so.
      if ((await page.locator(".chart.brief").count()) === 0) await page.locator(".chart .table summary").click();
      else check((await page.locator(".chart .now").innerText()).includes("too soon"), "nothing is said of its use");
      if ((await page.locator(".chart.brief").count()) === 0) check((await page.locator(".chart .table tbody tr").count()) > 0, "the table beside the chart is empty");
    } else {
      await page.locator(".cm-lintRange-error, .cm-lint-marker-error").first().waitFor();
    }
    equal(page.mistakes.join("\n"), "", "mistakes");
    await page.context().close();
  });
}

pageTest("DrawsWhileItRunsAndStops", async (page) => {
  await write(page, main("held := make([]byte, 64<<20)\nfor { for i := range held { held[i]++ }\nfmt.Println(\"round\"); time.Sleep(100*time.Millisecond) }", "fmt", "time"));
  await page.locator("#run").click();
  await page.locator(".chart canvas").first().waitFor();
  await page.waitForFunction(() => /of 256 MiB memory/.test(document.querySelector(".chart .now").textContent));
  check(await page.locator("#stop").isVisible(), "there is nothing to stop it with");
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("round"));
  await page.locator("#stop").click();
  equal(await outcome(page), "canceled");
  check((await printed(page)).includes("round"), "what it had printed is gone");
});

pageTest("AnswersAProgramThatAsks", async (page) => {
  await write(page, main("in := bufio.NewScanner(os.Stdin)\nfmt.Println(\"name?\")\nfor in.Scan() { fmt.Println(\"hello \" + in.Text()) }\nfmt.Println(\"bye\")", "bufio", "fmt", "os"));
  await page.locator("#run").click();
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("name?"));
  await page.locator(".terminal input").fill("Ann");
  await page.locator(".terminal input").press("Enter");
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("hello Ann"));
  await page.getByRole("button", { name: "End of input" }).click();
  equal(await outcome(page), "ok");
  check((await printed(page)).includes("bye"), "it did not end well");
});

test("GoesOnWhereTheConnectionBroke", async () => {
  const proxy = await breakableProxy(server);
  const page = await visit(browser, proxy.url);
  await write(page, main("for i := 0; i < 30; i++ { fmt.Println(\"line\", i); time.Sleep(100*time.Millisecond) }", "fmt", "time"));
  await page.locator("#run").click();
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("line 5"));
  proxy.cut();
  equal(await outcome(page), "ok");
  const lines = (await printed(page)).match(/line \d+/g);
  equal(lines.length, 30, "lines");
  equal(new Set(lines).size, 30, "different lines");
  await page.context().close();
  proxy.close();
});

test("OutlivesTheServer", async () => {
  const own = await new Server(binary).start();
  const page = await visit(browser, own.url);
  await write(page, main("for i := 0; i < 20; i++ { fmt.Println(\"line\", i); time.Sleep(100*time.Millisecond) }", "fmt", "time"));
  await page.locator("#run").click();
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("line 3"));
  await own.kill();
  await page.waitForFunction(() => document.querySelector("#verdict").innerText.includes("trying again"));
  await own.start();
  equal(await outcome(page), "ok");
  check((await printed(page)).includes("line 19"), "the end is missing");
  check((await page.locator(".cm-content").innerText()).includes("line"), "the program is gone");
  await page.context().close();
  await own.end();
});

pageTest("KeepsDraftsFilesAndSharesThem", async (page) => {
  const program = "-- main.go --\npackage main\n\nimport \"example/util\"\n\nfunc main() { println(util.Answer) }\n-- go.mod --\nmodule example\n-- util/util.go --\npackage util\n\nconst Answer = 42\n";
  const id = await (await fetch(`${server.url}/share`, { method: "POST", body: program })).text();
  await page.goto(`${server.url}/play/p/${id}`);
  const tabs = page.locator(".filetabs [role=tab]");
  await tabs.first().waitFor();
  equal((await tabs.allInnerTexts()).join(), "main.go,go.mod,util/util.go");
  equal(await run(page), "ok");
  check((await printed(page)).includes("42"), "the packages do not fit");
  await tabs.nth(2).click();
  await write(page, "package util\n\nconst Answer = 43\n");
  await page.reload();
  equal(await run(page), "ok");
  check((await printed(page)).includes("43"), "the draft is lost");
  await page.locator("#kind").selectOption("build");
  await page.getByRole("button", { name: "Share" }).click();
  await page.waitForFunction((old) => !location.pathname.endsWith(old), id);
  check((await page.evaluate(() => location.hash)).includes("kind=build"), "the settings are not in the link");
  const shared = await visit(browser, page.url());
  await shared.locator("#policy option").first().waitFor({ state: "attached" });
  equal(await shared.locator("#kind").inputValue(), "build");
  await shared.locator("#kind").selectOption("run");
  equal(await run(shared), "ok");
  check((await printed(shared)).includes("43"), "the link holds another program");
  await shared.context().close();
});

pageTest("LosesNothingWhenARunIsRefused", async (page) => {
  await page.route("**/v1/runs?wait=false", (route) => route.fulfill({ status: 429, headers: { "Retry-After": "7" }, contentType: "application/problem+json", body: '{"detail":"the queue is full"}' }));
  await write(page, main("println(\"mine\")"));
  await page.locator("#run").click();
  await page.locator(".banner[data-outcome=refused]").waitFor();
  const said = await page.locator(".banner").innerText();
  check(said.includes("queue is full") && said.includes("7 s"), said);
  await page.unroute("**/v1/runs?wait=false");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".banner[data-outcome=ok]").waitFor();
  await page.reload();
  check((await page.locator(".cm-content").innerText()).includes("mine"), "the program is gone");
});

test("AsksForATokenWhereOneIsWanted", async () => {
  const { mkdtempSync, writeFileSync } = await import("node:fs");
  const folder = mkdtempSync("/tmp/gobox-web-");
  const digest = execFileSync(binary, ["hash-token"], { input: "secret" }).toString().trim();
  writeFileSync(join(folder, "tokens"), `ann:${digest}\n`);
  const own = await new Server(binary, ["--tokens-file", join(folder, "tokens")]).start();
  const page = await visit(browser, own.url);
  await page.locator("#token-field").fill("secret");
  await page.locator("#token-field").press("Enter");
  await page.locator("#policy option").first().waitFor({ state: "attached" });
  equal(await run(page), "ok");
  equal(page.mistakes.join("\n"), "", "mistakes");
  await page.context().close();
  await own.end();
});

pageTest("ShowsHostileOutputAsText", async (page) => {
  await page.evaluate(() => (globalThis.owned = false));
  const program = main(
    [
      'fmt.Println("<script>owned = true</script><img src=x onerror=\\"owned = true\\">")',
      'fmt.Println("\\x1b]0;title\\x07\\x1b[31mred\\x1b[0m plain \\x1b[999999999999m")',
      'fmt.Println("a\\u202eb\\u2066c\\x00d")',
      'os.Stdout.Write([]byte{0xff, 0xfe, \'\\n\'})',
      'fmt.Println(strings.Repeat("long", 1<<16))',
      'for i := 0; i < 20000; i++ { fmt.Printf("\\x1b[%dm%d", 30+i%8, i%10) }',
      'fmt.Println("\\nIMAGE:notapicture\\nIMAGE:" + strings.Repeat("A", 5000))',
      'fmt.Println("IMAGE:iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")',
      'fmt.Println("end")',
    ].join("\n"),
    "fmt",
    "os",
    "strings",
  );
  const asked = Date.now();
  equal(await run(page, program), "ok");
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("end"));
  const text = await printed(page);
  equal(await page.evaluate(() => globalThis.owned), false, "a script ran");
  equal(await page.locator(".output script").count(), 0, "markup");
  equal(await page.locator(".output img").count(), 1, "pictures");
  check(text.includes("<script>owned"), "the text is not shown");
  check(text.includes("a\u27e8U+202E\u27e9b") && !text.includes("\u202e"), "reordering is not shown");
  check(text.includes("\u2400d"), "NUL is not shown");
  check((await page.locator(".output .a-1").first().textContent()).startsWith("red"), "no colour");
  check((await page.locator(".output *").count()) < 20_000, "too many elements");
  console.log(`hostile output after ${Date.now() - asked} ms`);
});

pageTest("ClearsAtAFormFeed", async (page) => {
  equal(await run(page, main('fmt.Print("before\\n\\x0cafter\\n")', "fmt")), "ok");
  await page.waitForFunction(() => document.querySelector(".output").textContent.includes("after"));
  check(!(await printed(page)).includes("before"), "the screen is not cleared");
});

pageTest("TakesKeysWhileAMegabyteASecondComesIn", async (page) => {
  await page.locator("#policy option").first().waitFor({ state: "attached" });
  await write(page, main('line := strings.Repeat("x", 1023) + "\\n"\nfor i := 0; i < 40; i++ { for j := 0; j < 24; j++ { os.Stdout.WriteString(line) }; time.Sleep(25*time.Millisecond) }', "os", "strings", "time"));
  await page.locator("#run").click();
  await page.waitForFunction(() => document.querySelector(".output").textContent.length > 20_000);
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, entry.duration);
    }).observe({ type: "longtask" });
  });
  await page.locator(".cm-content").click();
  const delays = [];
  for (let i = 0; i < 15; ++i) {
    const start = Date.now();
    await page.keyboard.type("y");
    delays.push(Date.now() - start);
  }
  const longest = await page.evaluate(() => globalThis.longest);
  console.log(`a key took ${[...delays].sort((a, b) => a - b)[7]} ms, ${Math.max(...delays)} ms at most, the longest task ${Math.round(longest)} ms`);
  check(delays.sort((a, b) => a - b)[7] < 100, `keys took ${delays} ms`);
  check(["ok", "output_limit"].includes(await outcome(page)), "it ended otherwise");
});

pageTest("StaysFlatOverFiftyRuns", async (page) => {
  await write(page, main('for i := 0; i < 2000; i++ { fmt.Println("\\x1b[32mline\\x1b[0m", i) }', "fmt"));
  const heap = () => page.evaluate(() => (gc(), gc(), performance.memory.usedJSHeapSize));
  for (let i = 0; i < 10; ++i) equal(await run(page), "ok");
  const before = await heap();
  for (let i = 0; i < 40; ++i) equal(await run(page), "ok");
  const after = await heap();
  console.log(`heap of the page: ${(before / 1e6).toFixed(1)} MB after 10 runs, ${(after / 1e6).toFixed(1)} MB after 50`);
  check(after < before + 6e6, `grew from ${before} to ${after}`);
});

pageTest("ShowsTestsAsATree", async (page) => {
  const program = "-- go.mod --\nmodule a\n-- a_test.go --\npackage a\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { t.Run(\"inner\", func(t *testing.T) {}) }\nfunc TestBad(t *testing.T) { t.Error(\"why not\") }\nfunc BenchmarkX(b *testing.B) { for i := 0; i < b.N; i++ { _ = i } }\n";
  const id = await (await fetch(`${server.url}/share`, { method: "POST", body: program })).text();
  await page.goto(`${server.url}/play/p/${id}`);
  await page.locator(".cm-content").waitFor();
  equal(await patientRun(page), "exited");
  const text = await page.locator(".tree").first().innerText();
  check(/✓ pass\s+TestGood/.test(text) && /✗ fail\s+TestBad/.test(text) && text.includes("why not"), text);
  await page.locator("#kind").selectOption("bench");
  equal(await patientRun(page), "ok");
  check((await page.locator(".panel:visible table").innerText()).includes("BenchmarkX"), "no benchmark");
});

pageTest("FindsWhereItBreaksAndComparesTwoRuns", async (page) => {
  await page.locator("#policy option").first().waitFor({ state: "attached" });
  equal(await run(page, main("held := make([]byte, 100<<20)\nfor i := range held { held[i] = 1 }\nfmt.Println(len(held))", "fmt")), "ok");
  await tab(page, "What if");
  await page.locator("#knob-memory_bytes").focus();
  for (let i = 0; i < 16; ++i) await page.keyboard.press("ArrowLeft");
  equal(await run(page), "oom");
  await tab(page, "What if");
  await page.getByRole("button", { name: "As the policy has it" }).click();
  await page.getByRole("button", { name: "Try six sizes" }).click();
  await page.waitForFunction(() => /It (breaks|works)/.test(document.querySelector(".said")?.textContent ?? ""), undefined, { timeout: 3 * patience });
  equal(await page.locator(".said").innerText(), "It breaks below 128 MiB.");
  const compare = await page.locator(".compare").innerText();
  check(compare.includes("oom") && compare.includes("different"), compare);
  await page.getByRole("button", { name: "Compare what they printed" }).click();
  await page.locator(".merge").waitFor();
});

// The way of somebody who has never been here: one that dies, its cause, the change, and that it holds.
pageTest("LeadsFromADeathToAProof", async (page) => {
  await page.locator("#policy option").first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Out of memory" }).click();
  equal(await outcome(page), "oom");
  equal(await page.locator(".welcome").count(), 0, "still welcomed");
  await page.getByRole("button", { name: "why?" }).click();
  check((await page.locator(".panel:visible").innerText()).includes("main.go:"), "no place in the program");
  equal(await run(page, main("held := make([]byte, 4<<20)\nfmt.Println(len(held))", "fmt")), "ok");
  check((await page.locator(".banner").innerText()).includes("Before it ended with oom"), "the death before is forgotten");
  await page.getByRole("button", { name: "Does it hold at six sizes?" }).click();
  await page.waitForFunction(() => /It (breaks|works)/.test(document.querySelector(".said")?.textContent ?? ""), undefined, { timeout: 3 * patience });
  equal(await page.locator(".said").innerText(), "It works at every size tried.");
  await page.getByRole("button", { name: "Compare the two runs" }).click();
  check((await page.locator(".compare").innerText()).includes("different"), "no comparison");
  await page.getByRole("button", { name: "Share" }).click();
  await page.waitForFunction(() => location.pathname.startsWith("/play/p/"));
  equal(await run(page), "ok");
  equal(await page.locator(".banner .next").count(), 0, "an old death is told again");
});

pageTest("OpensAndSavesFilesAndGivesBackWhatWasThere", async (page) => {
  const { readFileSync } = await import("node:fs");
  const file = (name, text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await write(page, main('println("mine")'));
  await page.locator("input[type=file]").setInputFiles([file("go.mod", "module a\n"), file("main.go", main("println(answer)")), file("answer.go", "package main\n\nconst answer = 42\n")]);
  await page.waitForFunction(() => document.querySelector(".notice").textContent.startsWith("Opened 3 files."));
  equal((await page.locator(".filetabs [role=tab]").allInnerTexts()).join(), "go.mod,main.go,answer.go");
  equal(await page.locator(".filetabs [aria-selected=true]").innerText(), "main.go");
  equal(await run(page), "ok");
  check((await printed(page)).includes("42"), "the files are not run together");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const saved = readFileSync(await (await download).path(), "utf8");
  check(saved.includes("-- answer.go --") && saved.includes("answer = 42"), saved);
  await page.locator("#left").evaluate((left) => {
    const data = new DataTransfer();
    data.items.add(new File(["package main\n\nfunc main() { println(7) }\n"], "dropped.go"));
    left.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => document.querySelector(".notice").textContent.startsWith("Opened 1 file."));
  await page.getByRole("button", { name: "Back to what was there" }).click();
  equal(await page.locator(".filetabs [role=tab]").count(), 3, "files");
});

pageTest("HasVimKeysWhereTheyAreWanted", async (page) => {
  const loaded = [];
  page.on("request", (request) => loaded.push(request.url()));
  await page.locator(".menu summary").click();
  await page.getByLabel("Vim keys").check();
  await page.locator(".cm-vimMode, .cm-vim-panel, .cm-fat-cursor").first().waitFor({ state: "attached" });
  check(loaded.some((url) => url.includes("/assets/part-")), `vim came with the first load: ${loaded}`);
  await page.locator(".cm-content").click();
  await page.keyboard.type("ggdG");
  await page.keyboard.type("ipackage main");
  check((await page.locator(".cm-content").innerText()).trim() === "package main", "dd and i do nothing");
});

pageTest("CompletesFormatsAndGoesToLines", async (page) => {
  await page.locator("#policy option").first().waitFor({ state: "attached" });
  await write(page, "package main\nfunc main() {\nfmt.Printl");
  await page.keyboard.press("Control+Space");
  await page.locator(".cm-tooltip-autocomplete").waitFor();
  check((await page.locator(".cm-tooltip-autocomplete").innerText()).includes("Println"), "no completion");
  await page.keyboard.press("Escape");
  await write(page, 'package main\nfunc main() {\nfmt.Println("x")\n}\n');
  await page.getByRole("button", { name: "Format" }).click();
  await page.waitForFunction(() => document.querySelector(".notice").textContent.startsWith("Formatted."));
  check((await page.locator(".cm-content").innerText()).includes('import "fmt"'), "the import is not there");
  equal(await run(page, example("diagnosis/goroutine_per_request.go")), "timeout");
  check((await page.locator(".panel:visible").innerText()).match(/\d+ goroutines blocked on chan send/), "no goroutines");
  await page.locator(".panel:visible button.place").first().click();
  await page.locator(".cm-activeLine").waitFor();
  check((await page.locator(".cm-activeLine").innerText()).includes("done <- request"), "another line");
});

pageTest("LetsTheKeyboardOutOfTheEditor", async (page) => {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(() => document.activeElement?.classList.contains("editor"));
  equal(inside, false, "still in the editor");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Shift+Enter");
  equal(await outcome(page), "ok");
});

pageTest("HasAPlainTextArea", async (page) => {
  await page.locator(".menu summary").click();
  await page.getByLabel("Plain text area").check();
  await page.locator("#source").fill(main("println(6*7)"));
  await page.locator("#source").press("Control+Enter");
  equal(await outcome(page), "ok");
  check((await printed(page)).includes("42"), "it ran something else");
  await page.reload();
  check(await page.locator("#source").isVisible(), "the choice is forgotten");
});

test("WorksWithoutJavaScript", async () => {
  const page = await visit(browser, server.url, { javaScriptEnabled: false });
  await page.locator("#source").fill(main('var s string\nfmt.Scan(&s)\nfmt.Println("<b>" + s)', "fmt"));
  await page.locator("#input-box summary").click();
  await page.locator("#stdin").fill("given");
  await page.locator("#run").click();
  await page.locator(".plain-answer").waitFor();
  const text = await page.locator(".plain-answer").innerText();
  check(text.includes("ok") && text.includes("<b>given"), text);
  check((await page.locator("#source").inputValue()).includes("fmt.Scan"), "the program is gone");
  await page.context().close();
});

for (const [width, options] of [["Desktop", {}], ["Phone", phone]]) {
  for (const colorScheme of ["light", "dark"]) {
    pageTest(
      `IsAccessible_${width}_${colorScheme}`,
      async (page) => {
        await page.goto(`${server.url}/#wall_ms=1000`);
        await page.reload();
        await page.locator("#policy option").first().waitFor({ state: "attached" });
        await page.evaluate(axeSource);
        const look = async (where) => {
          const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
          const said = violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? "")).slice(0, 4).join("; ")}`);
          equal(said.join("\n"), "", `axe about ${where}`);
        };
        if (width === "Phone") await look("the beginning");
        equal(await run(page, example("diagnosis/goroutine_per_request.go")), "timeout");
        await look("the answer");
        for (const name of ["What if", "Figures"]) {
          await tab(page, name);
          await look(name);
        }
        await page.locator("#input-box summary").click();
        await look("the settings");
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(wide <= 0, `the page is ${wide} pixels wider than the screen`);
      },
      { ...options, colorScheme, reducedMotion: "reduce" },
    );
  }
}

test("LeavesTheServerSmall", async () => {
  const own = await new Server(binary).start();
  await fetch(own.url);
  const megabytes = own.memory() / 2 ** 20;
  console.log(`the idle server holds ${megabytes.toFixed(1)} MiB`);
  check(megabytes <= 42, `the idle server holds ${megabytes} MiB`);
  await own.end();
});

const pattern = new RegExp(`^(${filter.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll(":", "|")})$`);
const failed = await runCases(cases.filter(([name]) => pattern.test(name) || pattern.test(`Web.${name}`)), report);
await browser.close();
await server.end();
process.exit(failed === 0 ? 0 : 1);
