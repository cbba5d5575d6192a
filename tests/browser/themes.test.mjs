// The five themes: diagrams follow a change without a reload, and every colour can be read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { BOOK, CHAPTERS, inaccessible, open, THEMES, trouble, undrawn, visit } from './book.mjs';

const WITH_DIAGRAMS = CHAPTERS.map((chapter) => chapter.url).filter((url) =>
  readFileSync(path.join(BOOK, url), 'utf8').includes('language-mermaid'),
);

let book;
before(async () => {
  book = await open();
});
after(async () => {
  await book.close();
});

async function choose(page, theme) {
  if (!(await page.locator('#mdbook-theme-list').isVisible()))
    await page.locator('#mdbook-theme-toggle').click();
  await page.locator(`#mdbook-theme-${theme}`).click();
  await page.waitForFunction((name) => document.documentElement.classList.contains(name), theme);
}

/** Waits until every diagram has this theme's colours; gives those of the first one. */
async function colours(page) {
  await page.waitForFunction(
    () => {
      const wanted = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim();
      return [...document.querySelectorAll('.diagram')].every(
        (picture) =>
          picture.querySelector('svg') && JSON.parse(picture.dataset.theme).background === wanted,
      );
    },
    undefined,
    { timeout: 10000 },
  );
  return page
    .locator('.diagram svg')
    .first()
    .evaluate((svg) => {
      const box = svg.querySelector('rect, path');
      const text = svg.querySelector('text, foreignObject span, foreignObject p');
      const { fill, stroke } = getComputedStyle(box);
      return `${fill} ${stroke} ${getComputedStyle(text).color}`;
    });
}

test('there are diagrams to look at', () => {
  assert.ok(WITH_DIAGRAMS.length > 0);
});

for (const url of WITH_DIAGRAMS) {
  test(`the diagrams of ${url} are drawn in every theme, without a reload`, async () => {
    const page = await book.page();
    await visit(page, url);
    await page.evaluate(() => {
      window.sameLoad = true;
    });
    const seen = new Set();
    for (const theme of THEMES) {
      await choose(page, theme);
      seen.add(await colours(page));
      assert.deepEqual([...(await undrawn(page)), ...(await inaccessible(page))], [], theme);
    }
    assert.equal(seen.size, THEMES.length, 'each theme has colours of its own');
    assert.ok(await page.evaluate(() => window.sameLoad));
    assert.deepEqual(trouble(page), []);
  });
}

test('a diagram has one name and its words for a screen reader, and no text besides', async () => {
  const page = await book.page();
  await visit(page, CHAPTERS[0].url);
  const picture = page.getByRole('img', { name: 'The road through the course' });
  const words = await picture.evaluate(
    (element) => document.getElementById(element.getAttribute('aria-describedby')).textContent,
  );
  assert.match(words, /The data store \(sessions 3 to 5\)/);
});

test('two changes of theme in a row end in the colours of the last', async () => {
  const page = await book.page();
  await visit(page, CHAPTERS[0].url);
  await page.evaluate(() => {
    for (const theme of ['coal', 'rust', 'ayu'])
      document.getElementById(`mdbook-theme-${theme}`).click();
  });
  await colours(page);
  assert.deepEqual([...(await undrawn(page)), ...trouble(page)], []);
  assert.equal(await page.locator('.diagram').count(), await page.locator('.diagram svg').count());
});

for (const theme of THEMES) {
  test(`every colour of a listing can be read in ${theme}`, async () => {
    const page = await book.page();
    await visit(page, '/404.html');
    await choose(page, theme);
    await page.evaluate((kinds) => {
      const listing = document.createElement('pre');
      const spans = kinds.map((kind) => `<span class="hljs-${kind}">${kind}</span>`).join('<br>');
      listing.innerHTML = `<code class="hljs">plain<br>${spans}</code>`;
      document.querySelector('main').append(listing);
    }, highlighted());
    assert.deepEqual(await inaccessible(page), []);
  });
}

test('the search and the list of themes are sound in every theme', async () => {
  const page = await book.page();
  await visit(page, '/404.html');
  const found = [];
  for (const theme of THEMES) {
    await page.evaluate((name) => localStorage.setItem('mdbook-theme', name), theme);
    await visit(page, '/404.html');
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('simulator');
    await page.locator('#mdbook-searchresults a').first().waitFor();
    await page.locator('#mdbook-theme-toggle').click();
    await page.locator('#mdbook-theme-list').waitFor();
    assert.ok(await page.locator('#mdbook-searchresults-header').isVisible());
    found.push(...(await inaccessible(page)).map((problem) => `${theme}: ${problem}`));
  }
  assert.deepEqual(found, []);
});

test('the open sidebar is sound on a phone', async () => {
  const page = await book.page({ size: [360, 740] });
  await visit(page, CHAPTERS[0].url);
  await page.locator('#sidebar-button').click();
  await page.locator('#mdbook-sidebar a').first().waitFor();
  assert.deepEqual([...(await inaccessible(page)), ...trouble(page)], []);
});

/** Every kind of word that one of the book's style sheets for listings colours. */
function highlighted() {
  const index = readFileSync(path.join(BOOK, 'index.html'), 'utf8');
  const sheets = [
    ...index.matchAll(/href="([^"]*highlight-[^"]*\.css|tomorrow-night[^"]*\.css)"/g),
  ];
  assert.equal(sheets.length, 3);
  const kinds = new Set();
  for (const [, sheet] of sheets) {
    for (const [, kind] of readFileSync(path.join(BOOK, sheet), 'utf8').matchAll(
      /\.hljs-([\w-]+)/g,
    ))
      kinds.add(kind);
  }
  return [...kinds].sort();
}
