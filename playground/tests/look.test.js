// Keyboard, screen readers, phones, dark mode; and the picture of the README.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { fresh, open, page, tab, write } from "./page.js";

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const tabs = ["explain", "calls", "graph", "audit", "diff", "harden", "listing", "sizes"];

// rules are those of axe that the light look does not settle for the others.
const rules = { light: undefined, dark: ["color-contrast"], phone: ["meta-viewport", "scrollable-region-focusable", "target-size"] };

// violations are those of accessibility, by tab, and tabs that are too wide.
async function violations(page, name) {
  await page.evaluate(axe);
  const found = [];
  const judge = async (what, where = "html") => {
    const { violations } = await page.evaluate(([where, runOnly]) => globalThis.axe.run(where, runOnly ? { runOnly } : {}), [where, rules[name]]);
    found.push(...violations.map((v) => `${what}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`));
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (width > inner) found.push(`${what}: ${width} of ${inner} pixels`);
  };
  for (const t of tabs) {
    await tab(page, t);
    if (t === "calls") await page.fill("#calls-search", "sock"); // some rows say as much as all
    await judge(t, "#answers");
  }
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+f");
  await page.locator(".cm-search").waitFor();
  await judge("search");
  await page.keyboard.press("Escape");
  await write(page, '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sokcet"], "action": "SCMP_ACT_ERRNO"}]}');
  await tab(page, "explain");
  await judge("weaker");
  return found;
}

test("no violations of accessibility, and no tab is too wide: light", async () => {
  await fresh();
  assert.deepEqual(await violations(page, "light"), []);
});

test("no violations of accessibility, and no tab is too wide: dark", async () => {
  await fresh();
  await page.emulateMedia({ colorScheme: "dark" });
  assert.deepEqual(await violations(page, "dark"), []);
  const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(Math.max(...back) < 64, String(back));
  await page.emulateMedia({ colorScheme: null });
});

test("no violations of accessibility, and no tab is too wide: phone", async () => {
  const phone = await open("", { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true });
  assert.deepEqual(await violations(phone, "phone"), []);
});

test("print has the whole text, and nothing blinks with reduced motion", async () => {
  await fresh();
  await page.emulateMedia({ media: "print", reducedMotion: "reduce" });
  const [text, box, cursor] = await page.evaluate(() => {
    const scroller = document.querySelector(".cm-scroller");
    return [scroller.scrollHeight, scroller.clientHeight, getComputedStyle(document.querySelector(".cm-cursorLayer")).animationName];
  });
  assert.ok(box > 3000 && box >= text, `${box} of ${text} pixels`);
  assert.equal(cursor, "none");
  await page.emulateMedia({ media: null, reducedMotion: null });
});

test("the keyboard reaches everything", async () => {
  await fresh();
  const seen = [];
  await page.locator("#arch").focus();
  for (let i = 0; i < 60; i++) {
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
    await page.keyboard.press("Tab");
  }
  for (const want of ["arch", "kernel", "caps", "compat", "cm-content", "default", "open", "share", "call", "tab-explain"]) {
    assert.ok(seen.some((s) => s.split(" ").includes(want)), `${want} is not among ${seen}`);
  }
  await page.locator("#tab-explain").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator("#panel-calls:visible").waitFor();
  await page.keyboard.press("End");
  await page.locator("#panel-sizes:visible").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-sizes");
});

test("a screenshot", async () => {
  const page = await open("", { viewport: { width: 1200, height: 700 } });
  await page.locator("#panel-explain .place").nth(2).click(); // an entry that names the call
  const path = process.env.SCREENSHOT ?? new URL("../dist/playground.png", import.meta.url).pathname;
  await page.screenshot({ path });
  assert.ok(statSync(path).size < 200000, `${statSync(path).size} bytes`);
});
