// Packs web/ and dist/seccompile.wasm into dist/index.html, with the licences of all that is
// in it. The same inputs make the same bytes.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { notice } from "./notice.js";

const go = (...args) => execFileSync("go", args, { encoding: "utf8", env: { ...process.env, GOOS: "js", GOARCH: "wasm" } }).trim();

// bundle returns a script with all that it imports, and the names of these files.
async function bundle(options) {
  const { outputFiles, metafile } = await build({ bundle: true, minify: true, format: "iife", target: "es2022", write: false, metafile: true, legalComments: "none", ...options });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

// An end tag of a script, or the start of a comment, would end or change the element that a text is in.
function inScript(text) {
  if (/<\/script|<!--/i.test(text)) throw new Error("a script has </script or <!-- in it, which HTML would read");
  return text;
}

const root = go("env", "GOROOT");
const main = await bundle({ entryPoints: ["web/main.js"] });
const worker = await bundle({ entryPoints: ["web/worker.js"], inject: [join(root, "lib/wasm/wasm_exec.js")] });
const style = await bundle({ entryPoints: ["web/style.css"], format: undefined });
const wasm = gzipSync(readFileSync("dist/seccompile.wasm"), { level: 9 }).toString("base64");

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:", "style-src 'unsafe-inline'", "worker-src blob:",
  // The worker's script has the address of a blob and this policy.
  `script-src ${hash(main.text)} blob: 'wasm-unsafe-eval'`,
].join("; ");

const parts = {
  CSP: policy, STYLE: style.text.trim(), MAIN: inScript(main.text), WORKER: inScript(worker.text), WASM: wasm,
  NOTICE: inScript(await notice(go, root, main.inputs)),
};
const page = readFileSync("web/index.html", "utf8").replace(/@([A-Z]+)@/g, (_, name) => parts[name]);
writeFileSync("dist/index.html", page);
console.log(`dist/index.html: ${(page.length / 1e6).toFixed(1)} MB, of which the compiler is ${(wasm.length / 1e6).toFixed(1)}`);
