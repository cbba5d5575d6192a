// The questions at the end of a session: plain HTML that opens without a script and without a mouse,
// and can be read in every theme, on a phone and on paper. They are looked at on sample/chapter.md.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { inaccessible, open, SAMPLE, shot, SHOTS, tabTo, THEMES, trouble, visit, wider } from './book.mjs';

const CHAPTER = '/chapter.html';
const QUESTION = 'What happens if a worker dies with a task in its hands?';
const RIGHT = 'When its lease is over, and after a pause, the task goes to another worker.';
const REASON = 'Nobody tells the broker that the worker is dead.';

let book;
before(async () => {
  book = await open({}, SAMPLE);
});
after(async () => {
  await book.close();
});

const isSeen = (page, words) => page.getByText(words).isVisible();

async function openAll(page) {
  await page.evaluate(() => {
    for (const choice of document.querySelectorAll('.choice')) choice.open = true;
  });
}

test('without JavaScript a choice opens to its explanation, and closes again', async () => {
  const page = await book.page({ script: false });
  await page.goto(CHAPTER);
  assert.equal(await isSeen(page, REASON), false);
  await page.getByText(RIGHT).click();
  assert.equal(await isSeen(page, REASON), true);
  assert.equal(await page.locator('.choice[open]').count(), 1);
  await page.getByText(RIGHT).click();
  assert.equal(await isSeen(page, REASON), false);
  assert.deepEqual(trouble(page), []);
});

test('every choice is reached in its order by Tab, and opens by Enter and by Space', async () => {
  const page = await book.page();
  await visit(page, CHAPTER);
  const all = await page.locator('.choice > summary').allInnerTexts();
  assert.ok(all.length >= 8);
  for (const [index, words] of all.entries()) {
    await tabTo(page, '.choice > summary'); // the questions between them can be linked to
    const focused = () => page.evaluate(() => document.activeElement.innerText);
    assert.equal(await focused(), words);
    const isOpen = () => page.evaluate(() => document.activeElement.parentElement.open);
    await page.keyboard.press(index % 2 ? 'Enter' : 'Space');
    assert.equal(await isOpen(), true, words);
  }
  assert.equal(await page.locator('.choice:not([open])').count(), 0);
  assert.deepEqual(trouble(page), []);
});

test('a screen reader is told the question, what can be chosen, and the verdict in words', async () => {
  const page = await book.page();
  await visit(page, CHAPTER);
  await page.getByRole('heading', { level: 3, name: QUESTION }).waitFor();
  const tree = await page.locator('main').ariaSnapshot();
  assert.ok(tree.includes(RIGHT), tree);
  assert.ok(!tree.includes(REASON), 'what is folded away is not read out');
  await page.getByText(RIGHT).click();
  const opened = await page.locator('main').ariaSnapshot();
  assert.ok(opened.includes(REASON), opened);
  const verdicts = await page.locator('.choice').evaluateAll((choices) =>
    choices.map((choice) => choice.querySelector('summary ~ p > strong').textContent),
  );
  assert.equal(verdicts.filter((verdict) => verdict === 'Right.').length, 4);
  assert.deepEqual([...new Set(verdicts)].sort(), ['Right.', 'Wrong.']);
});

test('a right choice looks like a wrong one until it is read', async () => {
  const page = await book.page();
  await visit(page, CHAPTER);
  const looks = () =>
    page.locator('.choice').evaluateAll((choices) =>
      choices.map((choice) => {
        const of = (element) => {
          const { color, backgroundColor, borderColor, listStyle } = getComputedStyle(element);
          return `${color} ${backgroundColor} ${borderColor} ${listStyle}`;
        };
        return `${of(choice)} ${of(choice.querySelector('summary'))}`;
      }),
    );
  assert.equal(new Set(await looks()).size, 1);
});

for (const theme of THEMES) {
  test(`open and closed choices are sound in ${theme}, on a desk and on a phone`, async () => {
    for (const [device, size] of Object.entries({ desk: [1280, 900], phone: [320, 700] })) {
      const page = await book.page({ size });
      await page.addInitScript((name) => localStorage.setItem('mdbook-theme', name), theme);
      await visit(page, CHAPTER);
      const closed = [...(await inaccessible(page)), ...(await wider(page))];
      await openAll(page);
      const opened = [...(await inaccessible(page)), ...(await wider(page)), ...trouble(page)];
      assert.deepEqual([...closed, ...opened], [], device);
      await shot(page, `self-check-${theme}-${device}`);
    }
  });
}

test('on paper a choice is a line with a box, and no page cuts one in two', async () => {
  const page = await book.page({ size: [800, 1100] });
  await visit(page, CHAPTER);
  await page.getByText(RIGHT).click();
  await page.emulateMedia({ media: 'print' });
  const choice = page.locator('.choice').first();
  const { rule, mark } = await choice.evaluate((element) => ({
    rule: getComputedStyle(element).breakInside,
    mark: getComputedStyle(element.querySelector('summary')).listStyle,
  }));
  assert.equal(rule, 'avoid');
  assert.match(mark, /inside .*□/);
  assert.equal(await isSeen(page, RIGHT), true);
  assert.equal(await isSeen(page, REASON), true);
  assert.deepEqual(await wider(page), []);
  await page.pdf({ path: path.join(SHOTS, 'self-check.pdf'), format: 'A4' });
  await shot(page, 'self-check-print');
});
