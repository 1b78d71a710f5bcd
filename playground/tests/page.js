// What the tests share: Chromium, and pages of dist/index.html from its file.

import assert from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { after, afterEach } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { chromium } from "playwright-core";

export const address = pathToFileURL(new URL("../dist/index.html", import.meta.url).pathname).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
after(() => browser.close());

// measured is what the editor warns of if it needs long to lay out a text on a busy machine.
const measured = "Measure loop restarted more than 5 times";

let complaints = []; // of the pages of a test: on the console, and requests
afterEach(async () => {
  for (const context of browser.contexts()) if (context !== page.context()) await context.close();
  const all = complaints;
  complaints = [];
  assert.deepEqual(all, [], "the console, and requests to the network");
});

// open opens the page with a fragment, and waits for its first answer.
export async function open(fragment = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("console", (m) => m.text() === measured || complaints.push(`${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => complaints.push(`error: ${e.message}`));
  page.on("request", (r) => /^(file|data|blob):/.test(r.url()) || complaints.push(`request: ${r.url()}`));
  await page.goto(address + fragment);
  await page.waitForFunction(() => document.body.dataset.first);
  return page;
}

// page is shared by the tests, which begin with fresh if they need the default state.
export const page = await open();

// linkTo returns the fragment of a text that should be a state.
export function linkTo(text) {
  return `#1.${deflateRawSync(text).toString("base64url")}`;
}

let fragments = 0;

// fresh gives the shared page the default state, by a fragment that it has not had.
export function fresh() {
  return answered(page, () => page.evaluate((f) => (location.hash = f), linkTo(" ".repeat(++fragments) + "{}")));
}

// answered does something that changes the text or the target, and waits for the answer.
export async function answered(page, action) {
  const before = await page.evaluate(() => document.body.dataset.answers);
  await action();
  await page.waitForFunction((before) => document.body.dataset.answers !== before, before);
  return Number(await page.evaluate(() => document.body.dataset.edit));
}

// write replaces the text of the editor as a paste does.
export function write(page, text) {
  return answered(page, async () => {
    await page.locator(".cm-content").focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  });
}

// tab shows a tab and returns its panel, when its answer is there.
export async function tab(page, name) {
  await page.locator(`#tab-${name}`).click();
  await page.locator(`#panel-${name}:not([aria-busy])`).waitFor();
  return page.locator(`#panel-${name}`);
}

// budget is a time in milliseconds of an ordinary machine, for one that may be half as fast, scaled by its load.
export function budget(ms) {
  return ms * Math.max(2, loadavg()[0] / availableParallelism());
}

// profile returns a small profile in JSON that allows calls, with further entries.
export function profile(names, ...more) {
  const entries = [{ names, action: "SCMP_ACT_ALLOW" }, ...more];
  return `{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [\n    ${entries.map((e) => JSON.stringify(e)).join(",\n    ")}\n  ]\n}\n`;
}
