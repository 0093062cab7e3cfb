// SPDX-License-Identifier: Apache-2.0

// A program as files, and as the one text that is shared: txtar where there is more than main.go.

export interface File {
  name: string;
  text: string;
}

const marker = /^-- (.+) --\r?$/;

export function parse(text: string): File[] {
  const files: File[] = [];
  let name = "";
  let lines: string[] = [];
  const end = () => {
    const body = lines.join("\n");
    if (name) files.push({ name, text: body });
    else if (body.trim()) files.push({ name: "main.go", text: body });
  };
  for (const line of text.split("\n")) {
    const found = marker.exec(line)?.[1]?.trim();
    if (!found) {
      lines.push(line);
      continue;
    }
    // A file ends in a line end: the empty piece behind it is no line of its own.
    lines.push("");
    end();
    name = found;
    lines = [];
  }
  end();
  const seen = new Set<string>();
  const unique = files.filter((file) => !seen.has(file.name) && seen.add(file.name));
  return unique.length > 0 ? unique : [{ name: "main.go", text: "" }];
}

export function print(files: File[]): string {
  const only = files.length === 1 ? files[0] : undefined;
  if (only && only.name === "main.go" && !only.text.split("\n").some((line) => marker.test(line))) return only.text;
  return files.map((file) => `-- ${file.name} --\n${file.text.replace(/\n?$/, "\n")}`).join("");
}

export const toMap = (files: File[]): Record<string, string> =>
  Object.fromEntries(files.map((file) => [file.name, file.text]));

export function nameProblem(name: string, files: File[]): string {
  if (!name.trim()) return "a file needs a name";
  if (name.startsWith("/") || name.split("/").some((part) => part === ".." || part === "." || part === ""))
    return "a name is a path below the program, such as util/util.go";
  if (files.some((file) => file.name === name)) return `there is a ${name} already`;
  return "";
}
