// The state in the fragment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { address, answered, open, profile, tab, write } from "./page.js";

const saved = (page, before) => page.waitForFunction((before) => location.hash !== before, before);

test("a link has the whole state", async () => {
  const page = await open();
  const text = profile(["read", "getpid"]).replace("{", '{ "comment": "é漢🦀 <b>",');
  await write(page, text);
  await answered(page, () => page.selectOption("#arch", "s390x"));
  await answered(page, () => page.fill("#kernel", "6.1"));
  await answered(page, () => page.fill("#caps", "none"));
  await answered(page, () => page.selectOption("#compat", "runc"));
  await tab(page, "diff");
  await page.fill("#other", text.replace("getpid", "getppid"));
  await page.fill("#call", "getpid");
  await page.waitForTimeout(500); // until it is saved
  const fragment = await page.evaluate(() => location.hash);
  const other = await open(fragment);
  for (const id of ["arch", "kernel", "caps", "compat", "call", "other"]) assert.equal(await other.inputValue(`#${id}`), await page.inputValue(`#${id}`), id);
  assert.equal(await other.textContent("#verdict"), "ALLOW");
  assert.equal(await other.evaluate(() => document.querySelector(".cm-content").innerText.trimEnd()), text.trimEnd());
  await other.locator("#panel-diff pre", { hasText: "getppid" }).waitFor();
  assert.equal(await other.evaluate(() => location.hash), fragment);
});

test("the default state has no fragment", async () => {
  const page = await open();
  await page.fill("#call", "read");
  await saved(page, "");
  await page.fill("#call", "socket(AF_VSOCK, SOCK_STREAM)");
  await page.waitForFunction(() => location.hash === "");
});

test("a new fragment in an open page counts", async () => {
  const page = await open();
  await page.fill("#call", "getpid");
  await saved(page, "");
  const fragment = await page.evaluate(() => location.hash);
  const other = await open();
  await other.evaluate((f) => (location.hash = f), fragment);
  await other.locator("#verdict", { hasText: "ALLOW" }).waitFor();
  assert.equal(await other.inputValue("#call"), "getpid");
});

test("a fragment that cannot be read is said, and stays in the address", async () => {
  const page = await open("#2.abc");
  for (const [fragment, want] of [
    ["#2.abc", /format 2, and this page reads format 1 \(open it with a newer page\)/], // a later version
    ["#readme", /not one of this page/], // another anchor
    ["#1.q1YqSa0oUbJSS", /damaged/], // a cut link
    ["#1.S0osBgA", /damaged/], // no JSON
    ["#1.q1ZKzcsvrixWslJQyk9LU6oFAA", /"enosys", which this page does not know \(open it with a newer page\)/], // an unknown field
    ["#1.q1ZKLErOULJSUKqwMIs3NLJQqgUA", /"x86_128", which this page does not know/], // an unknown ABI
    ["#1.q1YqSa0oUbJSMKwFAA", /damaged/], // a number for a text
    ["#1.izaMBQA", /does not know/], // a list
    ["#1.", /damaged/], // nothing after the number
  ]) {
    await page.evaluate((f) => (location.hash = f), fragment);
    await page.waitForFunction(([text, f]) => new RegExp(text).test(document.querySelector("#alert").textContent) && location.hash === f, [want.source, fragment]);
    await tab(page, "calls");
    await page.waitForTimeout(400); // until it would be saved
    assert.equal(page.url(), address + fragment);
    assert.match(await page.textContent("#alert"), want);
    assert.match(await page.textContent("#status"), /^docker/);
    await tab(page, "explain");
  }
});

test("a fragment that expands without end is refused", async () => {
  const bytes = deflateRawSync(Buffer.alloc(64 << 20, "x"));
  const page = await open(`#1.${bytes.toString("base64url")}`);
  assert.match(await page.textContent("#alert"), /damaged/);
});

test("a text that is too long for a link is said", async () => {
  const page = await open();
  let seed = 1;
  const noise = Array.from({ length: 20000 }, () => (seed = (seed * 48271) % 2147483647).toString(36)).join(" ");
  await write(page, profile(["read"]).replace("{", `{ "comment": "${noise}",`));
  await page.locator("#share").click();
  await page.locator("#alert", { hasText: "too long for a link" }).waitFor();
});
