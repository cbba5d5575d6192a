// What the tests of the book share: a browser, the pages, and functions that tell what is wrong
// with a page. Each of these returns a list of sentences, empty when all is well; guards.test.mjs
// shows that each can fail.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

import { EXEMPTIONS } from './exemptions.mjs';
import { serve } from './server.mjs';

export const BOOK = process.env.BOOK;
export const SAMPLE = process.env.SAMPLE; // a book of one chapter: sample/
export const SHOTS = process.env.SHOTS;
export const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** The chapters of SUMMARY.md in their order: {title, url}, the url relative to the book's root. */
export const CHAPTERS = [
  ...readFileSync('src/SUMMARY.md', 'utf8').matchAll(/\[(.+?)\]\((.+?)\.md\)/g),
].map(([, title, file]) => ({ title, url: `/${file}.html` }));

/** The book, or what else stands in `folder`; `extra` as in serve(). */
export async function open(extra = {}, folder = BOOK) {
  const server = await serve(folder, extra);
  return openAt(server.origin, () => server.stop());
}

/** A browser for what is served at `origin`; `stop` is called when it is closed. */
export async function openAt(origin, stop) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: FLAGS,
  });
  return {
    origin,
    /** A page in a fresh profile; `size` is [width, height]. page.seen keeps what goes wrong. */
    async page({ scheme = 'light', size = [1280, 900], script = true } = {}) {
      const context = await browser.newContext({
        baseURL: origin,
        colorScheme: scheme,
        javaScriptEnabled: script,
        viewport: { width: size[0], height: size[1] },
      });
      const page = await context.newPage();
      page.seen = watch(page, origin);
      return page;
    },
    async close() {
      await browser.close();
      await stop();
    },
  };
}

/** Notes every error in the console and every request that is not for the book's own server. */
function watch(page, origin) {
  const seen = { errors: [], outside: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('requestfailed', (request) => {
    const error = request.failure()?.errorText;
    // Aborted: the page was left before it had everything.
    if (error !== 'net::ERR_ABORTED') seen.errors.push(`${request.url()}: ${error}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) seen.errors.push(`${response.url()}: ${response.status()}`);
  });
  page.on('request', (request) => {
    if (!/^(data|blob|about):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) {
      seen.outside.push(request.url());
    }
  });
  page.on('websocket', (socket) => seen.outside.push(socket.url()));
  return seen;
}

/** Goes to a page and waits until its fonts and diagrams are there. */
export async function visit(page, url) {
  await page.goto(url, { waitUntil: 'load' });
  await settled(page);
}

export async function settled(page) {
  await page.waitForLoadState('load');
  await page.evaluate(() => document.fonts.ready);
  await page
    .waitForFunction(
      () =>
        document.querySelector('pre > code.language-mermaid') === null ||
        window.mermaid === undefined,
      undefined,
      { timeout: 15000 },
    )
    .catch(() => {});
}

/** Presses Tab until the focus is where `selector` says. */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 120; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`the Tab key does not lead to ${selector}`);
}

export function trouble(page) {
  return [
    ...page.seen.errors.map((text) => `the console says: ${text}`),
    ...page.seen.outside.map((url) => `this request leaves the machine: ${url}`),
  ];
}

const used = new Set(); // the exemptions that were needed

export async function inaccessible(page, exemptions = EXEMPTIONS) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.flatMap(({ target, html }) => {
      const exemption = exemptions.find(
        (known) => known.rule === id && target.join(' ').includes(known.target),
      );
      if (exemption) used.add(exemption);
      return exemption ? [] : [`${id}: ${help}: ${target.join(' ')}: ${html.slice(0, 160)}`];
    }),
  );
}

/** The exemptions that no page needed so far. */
export const unneeded = (exemptions = EXEMPTIONS) => exemptions.filter((known) => !used.has(known));

export async function wider(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const widest = [...document.querySelectorAll('main *')]
      .filter(
        (element) => element.getBoundingClientRect().right > clientWidth && !element.closest('svg'),
      )
      .slice(0, 3)
      .map((element) => element.outerHTML.slice(0, 120));
    return [
      `the page is ${scrollWidth} px wide and the window ${clientWidth}: ${widest.join(' | ')}`,
    ];
  });
}

/** Diagrams that are not drawn, or are drawn without a name or without any size. */
export async function undrawn(page) {
  return page.evaluate(() => {
    const left = [...document.querySelectorAll('pre > code.language-mermaid')].map(
      (code) => `not drawn: ${code.textContent.slice(0, 60)}`,
    );
    const bad = [...document.querySelectorAll('.diagram')].filter((picture) => {
      const svg = picture.querySelector('svg');
      return (
        !svg ||
        svg.getBoundingClientRect().width < 50 ||
        svg.querySelectorAll('text, foreignObject').length < 2 ||
        !picture.getAttribute('aria-label') ||
        !document.getElementById(picture.getAttribute('aria-describedby'))
      );
    });
    return [...left, ...bad.map((picture) => `drawn badly: ${picture.outerHTML.slice(0, 200)}`)];
  });
}

export async function shot(page, name) {
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}
