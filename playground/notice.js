// The licences of what is in the page: of the packages of npm that are bundled, of the modules
// that the command has, and of Go.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// licenceOf returns the texts of the licence of a directory.
function licenceOf(dir, name) {
  const files = readdirSync(dir).filter((f) => /^(licen[cs]e|notice|copying)/i.test(f)).sort();
  if (files.length === 0) throw new Error(`${name}: ${dir} has no licence`);
  return files.map((f) => readFileSync(join(dir, f), "utf8").trim()).join("\n\n");
}

// notice returns the licences as a text. go runs the command of Go, whose root is a directory, and inputs are
// the files of the bundle.
export async function notice(go, root, inputs) {
  const parts = [];
  const packages = new Set(inputs.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean));
  for (const name of [...packages].sort()) {
    const dir = join("node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
    parts.push([`${name} ${version} (${license})`, licenceOf(dir, name)]);
  }
  const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}";
  const modules = new Set(go("list", "-tags", "playground", "-deps", "-f", format, "../cmd/seccompile").split("\n").filter(Boolean));
  for (const line of [...modules].sort()) {
    const [name, dir] = line.split("\t");
    parts.push([name, licenceOf(dir, name)]);
  }
  parts.push([`Go ${go("env", "GOVERSION")}`, licenceOf(root, "Go")]);
  parts.push(["seccompile", licenceOf("..", "seccompile")]);
  return parts.map(([name, text]) => `${name}\n\n${text}\n`).join(`\n${"-".repeat(72)}\n\n`);
}
