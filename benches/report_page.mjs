#!/usr/bin/env node
// Proves a page of `jpegasus bench -o PAGE.html` in a browser: nothing is asked for beyond the file, nothing is
// complained of, nothing is wider than the window; and makes screenshots, dark and light, wide and narrow.
//
//     CHROMIUM=/usr/bin/chromium PLAYWRIGHT=DIR/node_modules/playwright-core node benches/report_page.mjs PAGE.html OUT
//
// CHROMIUM is a Chromium, PLAYWRIGHT the folder of npm's playwright-core; both have to be there.
import { createRequire } from 'node:module';
import { accessSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const fail = (why) => { console.error(`report_page: ${why}`); process.exit(2); };
const [page_file, out] = process.argv.slice(2);
if (!page_file || !out) fail('give a page and a folder for the screenshots');
for (const name of ['CHROMIUM', 'PLAYWRIGHT']) {
  if (!process.env[name]) fail(`${name} is not set`);
  try { accessSync(process.env[name]); } catch { fail(`${name}: ${process.env[name]} is absent`); }
}
const { chromium } = createRequire(import.meta.url)(resolve(process.env.PLAYWRIGHT));
mkdirSync(out, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), 'report_page.'));
const url = pathToFileURL(resolve(page_file)).href;
const wrong = [];
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const browser = await chromium.launchPersistentContext(profile,
  { executablePath: process.env.CHROMIUM, headless: true, args });
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      const page = await browser.newPage();
      const asked = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => wrong.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => wrong.push(`error: ${error}`));
      page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.goto(url, { waitUntil: 'load' });
      const beyond = asked.filter((one) => one !== url && !one.startsWith('data:'));
      if (beyond.length) wrong.push(`asked for ${beyond}`);
      await page.screenshot({ path: join(out, `${width}-${colorScheme}.png`), fullPage: true });
      await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
      const seen = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        back: getComputedStyle(document.body).backgroundColor,
        charts: document.querySelectorAll('svg.chart').length,
        small: Math.min(...[...document.querySelectorAll('svg text')].map((text) =>
          parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)),
        cut: [...document.querySelectorAll('svg text')].filter((text) => {
          const box = text.getBBox(), view = text.ownerSVGElement.viewBox.baseVal;
          return box.x < -0.5 || box.y < -0.5 || box.x + box.width > view.width + 0.5
            || box.y + box.height > view.height + 0.5;
        }).map((text) => text.textContent),
      }));
      if (seen.width > width) wrong.push(`${width}: the page is ${seen.width} pixels wide`);
      if (seen.charts === 0) wrong.push('there is no chart');
      if (seen.cut.length) wrong.push(`${width}: cut off: ${seen.cut.join(' | ')}`);
      console.log(`${width} ${colorScheme}: ${seen.charts} charts, background ${seen.back}, `
        + `smallest text of a chart ${seen.small.toFixed(1)} px, requests ${asked.length}`);
      await page.close();
    }
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const line of wrong) console.error(`WRONG ${line}`);
console.log(wrong.length ? `${wrong.length} things are wrong` : 'the page is right');
process.exit(wrong.length ? 1 : 0);
