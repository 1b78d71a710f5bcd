// Keyboard, screen readers, phones, dark mode; and the picture of the README.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { open, tab } from "./page.js";

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const tabs = ["explain", "calls", "graph", "audit", "diff", "harden", "listing", "sizes"];

const looks = {
  light: {},
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 375, height: 667 }, isMobile: true, hasTouch: true },
};

// rules are those of axe that the light look does not settle for the others.
const rules = { light: undefined, dark: ["color-contrast"], phone: ["meta-viewport", "scrollable-region-focusable", "target-size"] };

for (const [name, options] of Object.entries(looks)) {
  test(`no tab has violations of accessibility or is too wide: ${name}`, async () => {
    const page = await open("", options);
    await page.evaluate(axe);
    for (const t of tabs) {
      await tab(page, t);
      if (t === "calls") await page.fill("#calls-search", "sock"); // some rows say as much as all
      const { violations } = await page.evaluate((runOnly) => globalThis.axe.run(runOnly ? { runOnly } : {}), rules[name]);
      assert.deepEqual(violations.map((v) => `${t}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), []);
      const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(width <= inner, `${t}: ${width} of ${inner} pixels`);
    }
  });
}

test("dark mode is dark, in panels of the editor, too", async () => {
  const page = await open("", looks.dark);
  await page.evaluate(axe);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+f");
  await page.locator(".cm-search").waitFor();
  const { violations } = await page.evaluate(() => globalThis.axe.run({ runOnly: ["color-contrast"] }));
  assert.deepEqual(violations.flatMap((v) => v.nodes.map((n) => n.target.join(" "))), []);
  const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(Math.max(...light) < 64, String(light));
});

test("the keyboard reaches everything", async () => {
  const page = await open();
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
