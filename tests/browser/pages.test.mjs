// Every page, light and dark, on a desk and on a phone: no error in the console, no request that
// leaves the machine, nothing for axe to complain of, no sideways scrolling, every diagram drawn.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  CHAPTERS,
  inaccessible,
  open,
  shot,
  trouble,
  undrawn,
  unneeded,
  visit,
  wider,
} from './book.mjs';

const SIZES = { desk: [1280, 900], phone: [360, 740] };
const PAGES = [
  ...CHAPTERS.map((chapter) => chapter.url),
  '/index.html',
  '/print.html',
  '/404.html',
];

let book;
before(async () => {
  book = await open();
});
after(async () => {
  await book.close();
});

for (const scheme of ['light', 'dark']) {
  for (const [device, size] of Object.entries(SIZES)) {
    test(`every page is sound on a ${device}, ${scheme}`, async () => {
      const page = await book.page({ scheme, size });
      const found = [];
      for (const url of PAGES) {
        await visit(page, url);
        const wrong = [
          ...(await undrawn(page)),
          ...(await wider(page)),
          ...(await inaccessible(page)),
        ];
        found.push(...wrong.map((problem) => `${url}: ${problem}`));
        await shot(page, `${url.slice(1, -5).replaceAll('/', '-')}-${device}-${scheme}`);
      }
      assert.deepEqual([...found, ...trouble(page)], []);
    });
  }
}

test('every exemption from the audit is still needed', () => {
  assert.deepEqual(unneeded(), []);
});

test('without JavaScript the text, the links and the diagrams in words are there', async () => {
  const page = await book.page({ script: false });
  await page.goto(CHAPTERS[0].url);
  await page.getByText('The diagram in words').click();
  assert.ok(await page.locator('main details p').first().isVisible());
  assert.ok(await page.locator('main a', { hasText: 'Prerequisites' }).first().isVisible());
  assert.deepEqual(await wider(page), []);
  assert.deepEqual(trouble(page), []);
});
