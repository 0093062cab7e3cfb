// SPDX-License-Identifier: Apache-2.0

// Makes src/stdlib.json, what the editor offers behind "fmt.", from GOROOT/api: names of packages and
// what they export. Run by hand when a Go release adds something worth offering:
//     node tools/stdlib.mjs /usr/local/go

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const api = join(process.argv[2] ?? "/usr/local/go", "api");
const packages = new Map();
for (const file of readdirSync(api).filter((name) => /^go1(\.\d+)?\.txt$/.test(name))) {
  for (const line of readFileSync(join(api, file), "utf8").split("\n")) {
    const found = /^pkg ([a-z0-9/]+), (func|type|const|var) ([A-Z]\w*)(?![\w.])/.exec(line);
    if (!found || /^(syscall|debug|go|runtime\/race|log\/syslog)/.test(found[1])) continue;
    const letter = found[2][0];
    const names = packages.get(found[1]) ?? packages.set(found[1], new Map()).get(found[1]);
    names.set(found[3], letter);
  }
}
const sorted = [...packages].sort(([a], [b]) => (a < b ? -1 : 1));
const out = Object.fromEntries(
  sorted.map(([name, names]) => [name, [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([n, l]) => l + n).join(" ")]),
);
writeFileSync(new URL("../src/stdlib.json", import.meta.url), JSON.stringify(out, null, 0).replaceAll('","', '",\n"') + "\n");
