// Opens the reports below the folder given, tries what a reader does, and takes pictures.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [folder, pictures] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SECOND = 1000;
const LARGEST = 2 << 20;

const opened = async (browser, file, options = {}) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const wrong = [];
  page.on("console", (message) => wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) wrong.push(`request: ${request.url()}`);
  });
  const url = "file://" + path.join(folder, file);
  const begun = performance.now();
  await page.goto(url, { waitUntil: "load" });
  const took = performance.now() - begun;
  return { page, wrong, took, file };
};

const closed = async ({ page, wrong, file }) => {
  assert.deepEqual(wrong, [], file);
  await page.close();
};

// Nothing wider than the window, and nothing that keeps anybody out.
const usable = async ({ page, file }, name) => {
  const [has, wide] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(wide <= has, `${name}: ${wide} pixels in a window of ${has}`);
  const found = await page.evaluate(`${axe}; axe.run()`);
  const serious = found.violations.filter((it) => ["serious", "critical"].includes(it.impact));
  assert.deepEqual(serious.map((it) => [it.id, it.nodes[0].html.slice(0, 200)]), [], `${file}: ${name}`);
};

const count = (page, what) => page.locator(`${what}:visible`).count();

(async () => {
  const browser = await chromium.launch({ executablePath: await which(process.env.CHROMIUM), args: ["--no-sandbox"] });
  const files = ["one/report.html", "several/report.html", "trend/trend.html", ...hostile()];

  for (const file of files) {
    assert.ok(fs.statSync(path.join(folder, file)).size < LARGEST, file);
    for (const width of [1280, 390]) {
      for (const colorScheme of ["light", "dark"]) {
        const it = await opened(browser, file, { viewport: { width, height: 900 }, colorScheme });
        const name = `${path.dirname(file).replace(/\W+/g, "-")}-${path.basename(file, ".html")}-${width}-${colorScheme}`;
        await usable(it, name);
        await it.page.evaluate(() => scrollTo(0, 0));
        await it.page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: width === 1280 && colorScheme === "light" });
        assert.notEqual(await it.page.title(), "run", `${file}: what a target said was run`);
        const told = (await it.page.locator("main").textContent()).includes("document.title='run'");
        if (file === files[1] || hostile().includes(file)) assert.ok(told, `${file}: what the hostile target said is not even shown as text`);
        await closed(it);
      }
    }
    // Without scripts everything is there.
    const plain = await opened(browser, file, { javaScriptEnabled: false });
    assert.ok((await count(plain.page, "h2")) >= 2, file);
    assert.equal(await count(plain.page, "button"), 0, file);
    await closed(plain);
  }

  const one = await opened(browser, files[0]);
  const [findings, clauses] = [await count(one.page, "article.finding"), await count(one.page, "#table tbody tr")];
  assert.ok(findings > 1 && clauses > 100, `${findings} findings, ${clauses} clauses`);
  await one.page.selectOption("select[name=area]", "delete");
  assert.ok((await count(one.page, "#table tbody tr")) < clauses);
  await one.page.locator("#filter button[type=reset]").click();
  await one.page.fill("input[name=text]", "no such text");
  await one.page.locator("#none").waitFor({ state: "visible" });
  assert.equal(await count(one.page, "article.finding"), 0);
  await one.page.locator("#filter button[type=reset]").click();
  await one.page.locator("#none").waitFor({ state: "hidden" });
  assert.equal(await count(one.page, "article.finding"), findings);
  const shown = one.page.locator("article.finding", { has: one.page.locator("pre.long") }).first();
  await shown.locator("summary").first().press("Enter");
  const script = shown.locator("pre.long").first();
  const text = await script.textContent();
  await one.page.context().grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
  await shown.locator("button[data-copy$=aws-cli]").click();
  await shown.locator("button", { hasText: "copied" }).waitFor();
  assert.equal(await one.page.evaluate(() => navigator.clipboard.readText()), text);
  assert.ok(text.startsWith("#!/usr/bin/env bash"), text.slice(0, 80));
  // A link to what is filtered away shows it again.
  await one.page.fill("input[name=text]", "no such text");
  await one.page.evaluate(() => { location.hash = "#clause-copy.succeeds"; });
  await one.page.locator("[id='clause-copy.succeeds']").waitFor({ state: "visible" });
  await closed(one);

  const several = await opened(browser, files[1]);
  assert.ok(several.took < SECOND, `${several.took} ms`);
  const cells = await count(several.page, "#table td");
  assert.ok(cells >= 5 * 200, `${cells} cells`);
  await several.page.locator("#table td.bad a[href^='#']").first().click();
  await several.page.locator("dialog[open] .sides").waitFor();
  await several.page.screenshot({ path: path.join(pictures, "several-evidence.png") });
  await several.page.keyboard.press("Escape");
  await several.page.selectOption("select[name=differ]", "yes");
  assert.ok((await count(several.page, "#table td")) < cells);
  await closed(several);
  await browser.close();
  console.log(`the page of 5 targets is open after ${Math.round(several.took)} ms; ${fs.readdirSync(pictures).length} pictures`);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});

// The reports of the two targets that answer with markup; the one is called after where it listened.
function hostile() {
  const all = fs.readdirSync(path.join(folder, "several"));
  const names = all.filter((it) => it.startsWith("127-0-0-1-") || it.startsWith("planted"));
  assert.equal(names.length, 2);
  return names.map((name) => path.join("several", name, "report.html"));
}

async function which(program) {
  if (program.includes("/")) return program;
  const found = process.env.PATH.split(":").map((it) => path.join(it, program)).find((it) => fs.existsSync(it));
  assert.ok(found, `there is no ${program}`);
  return found;
}
