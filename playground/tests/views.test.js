// What the tabs show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fresh, page, profile, tab, write } from "./page.js";

test("explain has the answer, its line and a link to it", async () => {
  await fresh();
  const panel = page.locator("#panel-explain");
  await panel.locator("pre").waitFor();
  await page.locator("#verdict", { hasText: "ERRNO(1) EPERM" }).waitFor();
  assert.match(await panel.textContent(), /^x86_64 socket\(AF_VSOCK, SOCK_STREAM\) = ERRNO\(1\) EPERM/);
  await panel.locator("button.place").first().click();
  assert.equal(await page.evaluate(() => getSelection().toString()), '"SCMP_ACT_ERRNO"');
  await page.fill("#call", "socket(AF_NOSUCH)");
  await page.locator("#panel-explain", { hasText: "AF_NOSUCH" }).waitFor();
  assert.equal(await page.textContent("#verdict"), "");
});

test("calls are filtered by answer and by name, and lead to their explanation", async () => {
  const panel = await tab(page, "calls");
  const rows = panel.locator("tbody tr");
  const all = await rows.count();
  assert.ok(all > 350, `${all} rows`);
  await panel.locator(".chip", { hasText: "by arguments" }).click();
  const some = await rows.allTextContents();
  assert.ok(some.length > 2 && some.length < 30 && some.some((r) => r.startsWith("socket")), some.join());
  await panel.locator("#calls-search").fill("clone");
  assert.deepEqual(await rows.locator("button").allTextContents(), ["clone"]);
  await panel.locator(".chip[aria-pressed=true]").click();
  assert.deepEqual(await rows.locator("button").allTextContents(), ["clone", "clone3"]);
  await panel.locator("#calls-abi").selectOption("x86");
  await rows.locator("button", { hasText: "clone3" }).click();
  await page.locator("#panel-explain:visible", { hasText: "x86 clone3(_) = ERRNO(38) ENOSYS" }).waitFor();
});

test("graph is a picture of the decision", async () => {
  await page.fill("#call", "socket(AF_VSOCK)");
  const panel = await tab(page, "graph");
  const image = panel.locator("img");
  assert.ok(await image.evaluate(async (i) => (await i.decode(), i.naturalWidth > 100)));
  assert.match(decodeURIComponent(await image.getAttribute("src")), /EPERM/);
  await page.fill("#call", "clone");
  await page.locator("#panel-graph img[alt^='How clone is']").waitFor();
  assert.match(decodeURIComponent(await image.getAttribute("src")), /ALLOW/);
});

test("diff is against the built-in profile or a text", async () => {
  const panel = await tab(page, "diff");
  assert.match(await panel.textContent(), /Both answer every call alike/);
  await panel.locator("button", { hasText: "Take the text" }).click();
  await write(page, (await page.inputValue("#other")).replace('"clock_getres", ', ""));
  await panel.locator("pre", { hasText: "stricter: clock_getres" }).waitFor();
  await page.fill("#other", '{"defaultAction": 1}');
  await panel.locator("pre", { hasText: "other.json:1:19" }).waitFor();
  await page.fill("#other", '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sokcet"], "action": "SCMP_ACT_ERRNO"}]}');
  await panel.locator("li.error", { hasText: "other.json:1:61: /syscalls/0/names/0: unknown system call" }).waitFor();
});

test("audit has findings with their places", async () => {
  await write(page, profile(["read", "socket", "ptrace", "mount", "kexec_load"]));
  const panel = await tab(page, "audit");
  assert.ok((await panel.locator("li.finding").count()) > 0);
  await panel.locator("button.place").first().click();
  assert.notEqual(await page.evaluate(() => getSelection().toString()), "");
});

test("the hardened profile can be put into the editor", async () => {
  const text = profile(["read"], { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 40, op: "SCMP_CMP_NE" }] });
  await write(page, text);
  const panel = await tab(page, "harden");
  assert.match(await panel.textContent(), /socket/);
  await panel.locator("button", { hasText: "editor" }).click();
  await page.waitForFunction(() => document.querySelector(".cm-content").textContent.includes("MASKED_EQ"));
});

test("listing and sizes are of the text", async () => {
  await write(page, profile(["read"]));
  assert.match(await (await tab(page, "listing")).textContent(), /if \(nr >= 1 write\)[\s\S]*ALLOW/);
  const sizes = await tab(page, "sizes");
  assert.match(await sizes.textContent(), /of 4096 instructions/);
  assert.ok((await sizes.locator("tbody tr").count()) > 0);
});
