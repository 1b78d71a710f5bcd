// What must not happen: text that becomes HTML, a page that hangs, a worker that stays dead.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, answered, fresh, page, profile, tab, write } from "./page.js";

const image = "<img src=x onerror=\"document.title='injected'\">";

// spoil has the workers hang, or panic, when they are to check a text.
async function spoil(how) {
  await Promise.allSettled(page.workers().map((worker) => worker.evaluate((how) => { // one may have been stopped
    const real = globalThis.seccompile;
    globalThis.seccompile = (q) => {
      if (JSON.parse(q).job !== "check") return real(q);
      while (how === "hang");
      return real();
    };
  }, how)));
}

test("text never becomes HTML", async () => {
  await fresh();
  const json = JSON.stringify(image);
  await write(page, `{${json}: 1, "defaultAction": ${json}, "syscalls": [{"names": [${json}, "socket"], "action": ${json}, "comment": ${json}}]}`);
  await page.fill("#call", image);
  for (const name of ["explain", "calls", "graph", "audit", "diff", "harden", "listing", "sizes"]) await tab(page, name);
  await write(page, `{"defaultAction": "SCMP_ACT_ERRNO", ${json}: 1, "syscalls": [{"names": [${json}, "socket"], "action": "SCMP_ACT_ALLOW", "comment": ${json}}]}`);
  await page.fill("#call", "socket");
  await tab(page, "diff");
  await page.fill("#other", image);
  for (const name of ["explain", "calls", "graph", "audit", "diff", "harden", "listing", "sizes"]) await tab(page, name);
  assert.equal(await page.locator("img:not([src^='data:image/svg'])").count(), 0);
  assert.equal(await page.title(), "seccompile playground");
  assert.match(await page.textContent("#marks"), /<img src=x/);
});

test("the page may ask nothing of the network", async () => {
  await fresh();
  assert.match(await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content"), /^default-src 'none'; (?!.*connect-src)/);
});

test("a question that takes too long is stopped, and the next one is answered", async () => {
  await fresh();
  await spoil("hang");
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type(" ");
  await page.locator("#status", { hasText: "Checking" }).waitFor();
  await page.locator("#alert", { hasText: "has not answered after 5 seconds and was stopped" }).waitFor();
  assert.equal(await page.textContent("#marks"), "");
  assert.equal(await page.textContent("#verdict"), "");
  assert.match(await page.textContent("#panel-explain"), /was stopped/);
  await write(page, profile(["read"]));
  assert.match(await page.textContent("#status"), /instructions/);
  assert.ok(await page.locator("#alert").isHidden());
});

test("a question that nobody waits for any more is stopped, which is not said", async () => {
  await fresh();
  await spoil("hang");
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type(" ");
  await page.locator("#status", { hasText: "Checking" }).waitFor();
  await answered(page, () => page.keyboard.type(" ")); // typing goes on
  assert.match(await page.textContent("#status"), /instructions/);
  assert.ok(await page.locator("#alert").isHidden());
});

test("a panic is said, and the next question is answered", async () => {
  await fresh();
  await spoil("panic");
  await page.locator(".cm-content").focus();
  await page.keyboard.type(" ");
  await page.locator("#alert", { hasText: /crashed, which is a bug: panic: / }).waitFor();
  await write(page, profile(["read"]));
  assert.match(await page.textContent("#status"), /instructions/);
});

test("texts at the limits have an answer", async () => {
  await fresh();
  const conditions = Array.from({ length: 60 }, (_, i) => ({
    names: ["socket"], action: "SCMP_ACT_ALLOW",
    args: Array.from({ length: 6 }, (_, a) => ({ index: a, value: (1 << ((i * 7 + a * 5) % 30)) >>> 0, valueTwo: (1 << ((i * 7 + a * 5) % 30)) >>> 0, op: "SCMP_CMP_MASKED_EQ" })),
  }));
  await write(page, profile(["read"], ...conditions));
  assert.match(await page.textContent("#status"), /instructions|fault/);
  await write(page, "[".repeat(100000));
  assert.match(await page.textContent("#marks"), /error/);
  await write(page, `{"comment": "${"x".repeat(3 << 20)}", "defaultAction": "SCMP_ACT_NO"}`);
  assert.match(await page.textContent("#marks"), /unknown action/);
  await write(page, `{"defaultAction": "${"A".repeat(1 << 20)}"}`);
  assert.match(await page.textContent("#marks"), /unknown action "A+ …/);
  assert.ok((await page.textContent("#panel-explain")).length < 70000, "an error quotes a word of a megabyte");
  await write(page, `{"comment": "${"x ".repeat(5 << 20)}"}`);
  assert.match(await page.textContent("#marks"), /more than 8388608 bytes/);
  await write(page, "\u0000\ud800");
  assert.match(await page.textContent("#marks"), /error/);
  await write(page, "");
  assert.match(await page.textContent("#marks"), /error/);
});

test("two pages do not share anything", async () => {
  await fresh();
  const other = await page.context().newPage();
  await other.goto(address);
  await other.waitForFunction(() => document.body.dataset.first);
  await answered(page, () => page.fill("#caps", "none"));
  await other.waitForTimeout(500);
  assert.equal(await other.inputValue("#caps"), "docker");
  assert.equal(await other.evaluate(() => location.hash), "");
});
