// The book without a mouse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CHAPTERS, THEMES, open, tabTo, trouble, visit } from './book.mjs';

let book;
before(async () => {
  book = await open();
});
after(async () => {
  await book.close();
});

test('the sidebar opens and closes, and its links can be followed', async () => {
  const page = await book.page({ size: [900, 700] });
  await visit(page, '/');
  assert.equal(await page.locator('#mdbook-sidebar').isVisible(), false);
  await tabTo(page, '#sidebar-button');
  await page.keyboard.press('Enter');
  await page.locator('#mdbook-sidebar a').first().waitFor({ state: 'visible' });
  assert.equal(await page.locator('#sidebar-button').getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('Space');
  await page.locator('#mdbook-sidebar').waitFor({ state: 'hidden' });
  assert.equal(await page.locator('#sidebar-button').getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('Enter');
  await tabTo(page, '#mdbook-sidebar a[href$="02-message-passing.html"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/02-message-passing.html');
  assert.deepEqual(trouble(page), []);
});

test('a sidebar that is closed before it has begun to open takes no focus', async () => {
  const page = await book.page({ size: [900, 700] });
  await visit(page, '/');
  await page.evaluate(() => {
    const button = document.getElementById('sidebar-button');
    button.click();
    button.click();
  });
  await page.locator('#mdbook-sidebar').waitFor({ state: 'hidden' });
  assert.deepEqual(trouble(page), []);
});

test('one key leads past the menus to the text', async () => {
  const page = await book.page();
  await visit(page, '/');
  await tabTo(page, '.skip-link');
  assert.ok(
    await page.locator('.skip-link').evaluate((link) => link.getBoundingClientRect().top >= 0),
  );
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.closest('main') !== null));
});

test('a diagram in words opens', async () => {
  const page = await book.page();
  await visit(page, CHAPTERS[0].url);
  await tabTo(page, 'main summary');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('main details p').first().isVisible());
});

test('what scrolls sideways can be scrolled', async () => {
  const page = await book.page({ size: [360, 740] });
  await visit(page, CHAPTERS[0].url);
  await tabTo(page, 'main .table-wrapper');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.activeElement.scrollLeft > 0);
});

test('the theme changes', async () => {
  const page = await book.page();
  await visit(page, '/');
  await tabTo(page, '#mdbook-theme-toggle');
  await page.keyboard.press('Enter');
  await tabTo(page, '#mdbook-theme-coal');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.documentElement.classList.contains('coal'));
});

test('where the focus is can be seen in every theme', async () => {
  for (const theme of THEMES) {
    const page = await book.page();
    await page.addInitScript((name) => localStorage.setItem('mdbook-theme', name), theme);
    await visit(page, '/');
    await tabTo(page, 'main p a');
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return `${outlineStyle} ${outlineWidth}`;
    });
    assert.equal(outline, 'solid 2px', theme);
  }
});
