// Every chapter of SUMMARY.md is reached as a reader reaches it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { CHAPTERS, open, settled, trouble, visit } from './book.mjs';

let book;
before(async () => {
  book = await open();
});
after(async () => {
  await book.close();
});

const heading = (page) => page.locator('main h1').first().innerText();

test('the next-chapter link leads from the first page through all of them, and back', async () => {
  const page = await book.page();
  await visit(page, '/');
  const seen = [await heading(page)];
  while ((await page.locator('.nav-wide-wrapper a.next').count()) > 0) {
    await page.locator('a.next:visible').first().click();
    await settled(page);
    seen.push(await heading(page));
    assert.ok(seen.length <= CHAPTERS.length, 'the links go in a circle');
  }
  assert.deepEqual(
    seen,
    CHAPTERS.map((chapter) => chapter.title),
  );
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(`**${CHAPTERS.at(-2).url}`);
  assert.deepEqual(trouble(page), []);
});

test('the sidebar leads to every chapter and marks the one that is open', async () => {
  const page = await book.page();
  await visit(page, '/');
  for (const { title, url } of CHAPTERS) {
    await page.locator(`#mdbook-sidebar a[href$="${url.slice(1)}"]`).click();
    await page.waitForURL(`**${url}`);
    await settled(page);
    assert.equal(await heading(page), title);
    assert.ok((await page.locator('#mdbook-sidebar a.active').innerText()).endsWith(title));
  }
  assert.deepEqual(trouble(page), []);
});

test('the links of the introduction lead to every chapter of the ten sessions', async () => {
  const page = await book.page();
  await visit(page, '/introduction.html');
  const linked = await page
    .locator('main table a')
    .evaluateAll((links) => links.map((a) => new URL(a.href).pathname));
  const rows = readFileSync(new URL('../../tools/book/sessions.txt', import.meta.url), 'utf8');
  const pages = rows.match(/^session .*$/gm).flatMap((row) => row.split(' ').slice(2));
  assert.deepEqual(
    linked,
    pages.map((page) => `/${page.replace(/\.md$/, '.html')}`),
  );
});

test('the search finds a word and opens the page that has it', async () => {
  const page = await book.page();
  await visit(page, '/');
  await page.keyboard.press('s');
  await page.locator('#mdbook-searchbar').pressSequentially('simulator');
  const first = page.locator('#mdbook-searchresults a').first();
  await first.waitFor();
  await first.click();
  await page.waitForURL(/highlight=simulator/);
  assert.ok(
    await page
      .locator('main mark', { hasText: /simulator/i })
      .first()
      .isVisible(),
  );
  assert.deepEqual(trouble(page), []);
});

test('the search says so when it finds nothing', async () => {
  const page = await book.page();
  await visit(page, '/');
  await page.keyboard.press('s');
  await page.locator('#mdbook-searchbar').pressSequentially('zyzzyva');
  await page.getByText(/no search results/i).waitFor();
  assert.deepEqual(trouble(page), []);
});
