// The state in the fragment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, answered, fresh, linkTo, open, page, profile, tab, write } from "./page.js";

const saved = (page, before) => page.waitForFunction((before) => location.hash !== before, before);

test("a link has the whole state", async () => {
  await fresh();
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
  await fresh();
  const before = await page.evaluate(() => location.hash);
  await page.fill("#call", "read");
  await saved(page, before);
  await page.fill("#call", "socket(AF_VSOCK, SOCK_STREAM)");
  await page.waitForFunction(() => location.hash === "");
});

test("a new fragment in an open page counts, and so do the buttons of the history", async () => {
  await fresh();
  for (const call of ["getpid", "getppid"]) await page.evaluate((f) => (location.hash = f), linkTo(JSON.stringify({ call })));
  const shown = async (call) => {
    await page.waitForFunction((call) => document.querySelector("#call").value === call, call);
    await page.locator("#panel-explain", { hasText: `${call}(` }).waitFor();
  };
  await shown("getppid");
  await page.goBack();
  await shown("getpid");
  await page.goForward();
  await shown("getppid");
});

test("a fragment that cannot be read is said, and stays in the address", async () => {
  await fresh();
  for (const [fragment, want] of [
    ["#2.abc", /format 2, and this page reads format 1 \(open it with a newer page\)/], // a later version
    ["#readme", /not one of this page/], // another anchor
    ["#1.q1YqSa0oUbJSS", /damaged/], // a cut link
    ["#1.S0osBgA", /damaged/], // no JSON
    ["#1.q1ZKzcsvrixWslJQyk9LU6oFAA", /"enosys", which this page does not know \(open it with a newer page\)/], // an unknown field
    ["#1.q1ZKLErOULJSUKqwMIs3NLJQqgUA", /"x86_128", which this page does not know/], // an unknown ABI
    ["#1.q1YqSa0oUbJSMKwFAA", /damaged/], // a number for a text
    ["#1.izaMBQA", /damaged/], // a list
    [linkTo("null"), /damaged/],
    [linkTo("5"), /damaged/],
    [linkTo(JSON.stringify({ caps: "A".repeat(5000) })), /more than 4096 characters for caps/],
    ["#1.", /damaged/], // nothing after the number
  ]) {
    await page.evaluate((f) => (location.hash = f), fragment);
    await page.waitForFunction(([text, f]) => new RegExp(text).test(document.querySelector("#alert").textContent) && location.hash === f, [want.source, fragment]);
    await tab(page, "calls");
    if (fragment === "#2.abc") await page.waitForTimeout(400); // until it would be saved
    assert.equal(page.url(), address + fragment);
    assert.match(await page.textContent("#alert"), want);
    assert.match(await page.textContent("#status"), /^docker/);
    await tab(page, "explain");
  }
});

test("a fragment that expands without end is refused", async () => {
  await page.evaluate((f) => (location.hash = f), linkTo("x".repeat(64 << 20)));
  await page.locator("#alert", { hasText: "damaged" }).waitFor();
});

test("a text that is too long for a link is said", async () => {
  await fresh();
  let seed = 1;
  const noise = Array.from({ length: 20000 }, () => (seed = (seed * 48271) % 2147483647).toString(36)).join(" ");
  for (const comment of [noise, "x".repeat(1 << 20)]) { // compressed, and not
    await write(page, profile(["read"]).replace("{", `{ "comment": "${comment}",`));
    assert.ok(await page.locator("#alert").isHidden());
    await page.locator("#share").click();
    await page.locator("#alert", { hasText: "too long for a link" }).waitFor();
  }
});
