// Loading, editing, and faults at their places.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, budget, fresh, open, page, profile, tab, write } from "./page.js";

test("the first answer comes within a second", async (t) => {
  const times = [];
  for (const page of [await open(), await open()]) {
    times.push(Number(await page.evaluate(() => document.body.dataset.first)));
    assert.match(await page.textContent("#status"), /^docker, JSON · \d+ instructions, \d+ bytes, proved/);
  }
  t.diagnostic(`first answers after ${times.join(", ")} ms`);
  assert.ok(Math.min(...times) < budget(1000), `first answers after ${times} ms`);
});

test("an edit of the built-in profile is answered within 100 ms", async (t) => {
  await fresh();
  const times = [];
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+End");
  for (let i = 0; i < 20; i++) times.push(await answered(page, () => page.keyboard.type(" ")));
  assert.match(await page.textContent("#status"), /instructions/);
  times.sort((a, b) => a - b);
  t.diagnostic(`edits: median ${times[10]} ms, all ${times.join(", ")}`);
  assert.ok(times[10] < budget(100), `the median of ${times} ms`);
});

test("a file is opened, and an edit is undone", async () => {
  await fresh();
  await answered(page, () => page.setInputFiles("#file", { name: "p.json", mimeType: "application/json", buffer: Buffer.from(profile(["getpid"])) }));
  assert.match(await page.textContent(".cm-content"), /getpid/);
  await page.locator(".cm-content").focus();
  await answered(page, () => page.keyboard.press("ControlOrMeta+z"));
  assert.match(await page.textContent(".cm-content"), /SCMP_ARCH_X86_64/);
  const calls = await tab(page, "calls");
  assert.match(await calls.textContent(), /ALLOW \d{3}/);
  await page.locator("#tab-explain").click();
});

test("a file is taken as the command reads it", async () => {
  const file = (...parts) => page.setInputFiles("#file", { name: "p.json", mimeType: "application/json", buffer: Buffer.concat(parts.map((p) => Buffer.from(p))) });
  await answered(page, () => file('\ufeff{"defaultAction": "SCMP_ACT_ALLOW"}'));
  assert.match(await page.textContent("#marks"), /1:1 byte order mark/);
  const before = await page.textContent(".cm-content");
  await file('{"defaultAction": "SCMP_ACT_ALLOW", "comment": "', [0xff], '"}');
  await page.locator("#alert", { hasText: "p.json is not UTF-8 text" }).waitFor();
  assert.equal(await page.textContent(".cm-content"), before);
});

test("a policy that is weaker than its text does not look like one that is not", async () => {
  const weaker = page.locator("#weaker");
  const plain = () => page.evaluate(() => getComputedStyle(document.querySelector("#verdict")).color === getComputedStyle(document.querySelector("#call")).color);
  await write(page, '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sokcet"], "action": "SCMP_ACT_ERRNO"}]}');
  await page.fill("#call", "socket");
  await page.locator("#verdict", { hasText: "ALLOW" }).waitFor();
  assert.match(await weaker.textContent(), /weaker than the text, by 1 note: the command refuses it/);
  assert.match(await page.textContent("#status"), /bytes, weaker than the text · 1 note$/);
  assert.ok(await plain(), "the verdict has the colour of text");
  for (const name of ["calls", "diff", "listing", "explain"]) {
    await tab(page, name);
    assert.ok(await weaker.isVisible(), name);
  }
  await write(page, profile(["socket"]));
  assert.match(await page.textContent("#status"), /proved/);
  assert.ok(await weaker.isHidden());
  await page.locator("#verdict", { hasText: "ALLOW" }).waitFor();
  assert.ok(!(await plain()), "the verdict is green");
});

test("a fault is underlined at its line, and gone when it is mended", async () => {
  await write(page, profile(["read"]).replace("SCMP_ACT_ALLOW", "SCMP_ACT_ALOW"));
  assert.match(await page.textContent("#status"), /1 fault: not compiled/);
  const mark = page.locator(".cm-lintRange-error");
  assert.equal(await mark.textContent(), '"SCMP_ACT_ALOW"');
  assert.equal(await mark.evaluate((e) => [...document.querySelectorAll(".cm-line")].indexOf(e.closest(".cm-line")) + 1), 4);
  const item = page.locator("#marks li.error");
  assert.match(await item.textContent(), /4:32 unknown action "SCMP_ACT_ALOW" \(did you mean SCMP_ACT_ALLOW\?\)/);
  await item.locator("button").click();
  assert.equal(await page.evaluate(() => getSelection().toString()), '"SCMP_ACT_ALOW"');
  await answered(page, () => page.keyboard.insertText('"SCMP_ACT_ALLOW"'));
  assert.equal(await mark.count(), 0);
  assert.match(await page.textContent("#status"), /oci, JSON|docker, JSON/);
});

test("places are right after characters of several bytes and units", async () => {
  const text = '{"comment": "é漢🦀\\t\u202e", "defaultAction": "SCMP_ACT_NO"}';
  await write(page, text);
  assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ['"SCMP_ACT_NO"']);
  assert.ok((await page.textContent("#marks")).includes(`1:${Buffer.byteLength(text.slice(0, text.indexOf('"SCMP_ACT_NO"'))) + 1} `), await page.textContent("#marks"));
  await page.locator("#panel-explain button.place", { hasText: `:${Buffer.byteLength(text.slice(0, text.indexOf('"SCMP_ACT_NO"'))) + 1}` }).click();
  assert.equal(await page.evaluate(() => getSelection().toString()), '"SCMP_ACT_NO"');
});

test("CRLF and tabs change no place, and a byte order mark is a fault", async () => {
  await write(page, '\ufeff{}');
  assert.match(await page.textContent("#marks"), /1:1 byte order mark/);
  await write(page, '{\r\n\t"defaultAction": "SCMP_ACT_NO"\r\n}\r\n');
  assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ['"SCMP_ACT_NO"']);
  assert.match(await page.textContent("#marks"), /2:19 /);
});

test("YAML is taken, and its faults have places", async () => {
  await write(page, "defaultAction: SCMP_ACT_ERRNO # é🦀\nsyscalls:\n- names: [read, é🦀, openatt]\n  action: SCMP_ACT_ALLOW\n");
  assert.match(await page.textContent("#status"), /, YAML · \d+ instructions/);
  assert.match(await page.textContent("#marks"), /openatt/);
  await page.fill("#call", "read");
  await page.locator("#verdict", { hasText: "ALLOW" }).waitFor();
  assert.match(await page.textContent("#panel-explain"), /profile\.yaml:3:11/);
  await write(page, "defaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- names: [read]\n  action: SCMP_ACT_ALOW\n");
  assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ["SCMP_ACT_ALOW"]);
  await write(page, "\ufeffdefaultAction: SCMP_ACT_NO\n"); // which YAML may have
  assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ["SCMP_ACT_NO"]);
  await page.locator("#panel-explain button.place", { hasText: "profile.yaml:1:16" }).click();
  assert.equal(await page.evaluate(() => getSelection().toString()), "SCMP_ACT_NO");
  await write(page, "defaultAction: &a SCMP_ACT_NO\n");
  assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ["&a"]);
});

test("the target decides", async () => {
  await answered(page, () => page.locator("#default").click());
  await page.fill("#call", "bpf");
  await page.locator("#verdict", { hasText: "ERRNO(1) EPERM" }).waitFor();
  await answered(page, () => page.fill("#caps", "docker,CAP_BPF"));
  await page.locator("#verdict", { hasText: "ALLOW" }).waitFor();
  await answered(page, () => page.selectOption("#arch", "aarch64"));
  await page.locator("#panel-explain", { hasText: "aarch64 bpf(_) = ALLOW" }).waitFor();
  await answered(page, () => page.selectOption("#compat", "runc"));
  await answered(page, () => page.fill("#kernel", "nonsense"));
  assert.match(await page.textContent("#marks"), /error .*nonsense/);
  for (const id of ["kernel", "caps"]) { // no default is meant
    const before = await page.inputValue(`#${id}`);
    await answered(page, () => page.fill(`#${id}`, ""));
    assert.match(await page.textContent("#marks"), /error .*: it is empty/);
    await page.waitForFunction(() => document.querySelector("#verdict").textContent === "");
    await answered(page, () => page.fill(`#${id}`, before));
  }
  await answered(page, () => page.fill("#kernel", "4.9"));
  assert.match(await page.textContent("#status"), /instructions/);
});
