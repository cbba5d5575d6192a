// Shows that each of the tests' eyes can see: a page broken in the very way that it looks for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inaccessible, open, trouble, undrawn, unneeded, visit, wider } from './book.mjs';

const html = (body) => `<!DOCTYPE html><html lang="en"><title>x</title>
  <link rel="icon" href="data:,"><main><h1>x</h1>${body}</main></html>`;
const diagram = (
  inside,
) => `<div class="diagram" role="img" aria-label="x" aria-describedby="w">${inside}</div>
  <details id="w"><summary>words</summary>w</details>`;
const BROKEN = {
  '/sound.html': html(
    `<p>text</p>${diagram('<svg width="90" height="9"><text>a</text><text>b</text></svg>')}`,
  ),
  '/error.html': html('<script>console.error("a word")</script>'),
  '/throws.html': html('<script>throw new Error("a throw")</script>'),
  '/missing.html': html('<img alt="x" src="nothing.png">'),
  '/outside.html': html('<img alt="x" src="http://example.org/x.png">'),
  '/socket.html': html('<script>new WebSocket("ws://example.org/")</script>'),
  '/contrast.html': html('<p style="color: #bbb; background: #fff">text</p>'),
  '/wide.html': html('<p style="width: 3000px">text</p>'),
  '/source.html': html('<pre><code class="language-mermaid">flowchart LR</code></pre>'),
  '/empty.html': html(diagram('')),
  '/nameless.html': html(
    '<div class="diagram"><svg width="90" height="9"><text>a</text><text>b</text></svg></div>',
  ),
};

let book;
before(async () => {
  book = await open(BROKEN);
});
after(async () => {
  await book.close();
});

async function look(url) {
  const page = await book.page();
  await visit(page, url);
  await page.waitForTimeout(0);
  return page;
}

test('a sound page passes', async () => {
  const page = await look('/sound.html');
  assert.deepEqual(
    [
      ...(await undrawn(page)),
      ...(await wider(page)),
      ...(await inaccessible(page)),
      ...trouble(page),
    ],
    [],
  );
});

for (const [url, words] of [
  ['/error.html', 'a word'],
  ['/throws.html', 'a throw'],
  ['/missing.html', '404'],
  ['/outside.html', 'leaves the machine'],
  ['/socket.html', 'leaves the machine'],
]) {
  test(`${url} is noticed`, async () => {
    const page = await look(url);
    assert.match(trouble(page).join('\n'), new RegExp(words));
  });
}

test('bad contrast is noticed', async () => {
  assert.match((await inaccessible(await look('/contrast.html'))).join(), /color-contrast/);
});

test('an exemption hides what it names, and is missed when it is not needed', async () => {
  const needed = { rule: 'color-contrast', target: 'p', reason: 'a test' };
  const idle = { rule: 'color-contrast', target: 'h6', reason: 'a test' };
  assert.deepEqual(await inaccessible(await look('/contrast.html'), [needed, idle]), []);
  assert.deepEqual(unneeded([needed, idle]), [idle]);
});

test('a page that is too wide is noticed', async () => {
  assert.match((await wider(await look('/wide.html'))).join(), /3\d\d\d px wide/);
});

test('a diagram that is not drawn, is empty or has no name is noticed', async () => {
  assert.match((await undrawn(await look('/source.html'))).join(), /not drawn/);
  assert.match((await undrawn(await look('/empty.html'))).join(), /drawn badly/);
  assert.match((await undrawn(await look('/nameless.html'))).join(), /drawn badly/);
});
