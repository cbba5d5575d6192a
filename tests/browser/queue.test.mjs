// The broker's live page, with a real broker behind it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { inaccessible, openAt, shot, trouble, wider } from './book.mjs';

const HOSTILE = '<img src=x onerror="document.title=1">';
const SURE_AFTER_MS = 600; // from then on a second press of Drop counts

let broker;
let browser;

/** Port 0: any that is free. The port on which it listens. */
async function start(port) {
  broker = spawn(process.env.BROKER, ['--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  return new Promise((resolve, reject) => {
    broker.stderr.setEncoding('utf8').on('data', (piece) => {
      said += piece;
      const listens = said.match(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
      if (listens) resolve(Number(listens[1]));
    });
    broker.once('exit', () => reject(new Error(`the broker ended: ${said}`)));
  });
}

async function stop() {
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  broker.kill('SIGKILL');
  await once(broker, 'exit');
}

async function ask(method, path, body) {
  const response = await fetch(browser.origin + path, { method, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

async function lease(queue, worker) {
  const { tasks } = await ask('POST', `/queues/${queue}/leases`, { worker, visibility_ms: 60000, wait_ms: 30000 });
  return tasks[0];
}

/** A task of one attempt, which is used up. Its id. */
async function makeDeadLetter(queue, payload) {
  await ask('POST', `/queues/${queue}/tasks`, { payload, max_attempts: 1 });
  const { id, lease: token } = await lease(queue, 'ann');
  await ask('POST', `/queues/${queue}/tasks/${id}/nack`, { lease: token });
  return id;
}

async function visit(options) {
  const page = await browser.page(options);
  await page.goto('/');
  await page.getByText('Live: asked once a second.').waitFor();
  return page;
}

const section = (page, queue) =>
  page.locator('section.queue', { has: page.getByRole('heading', { name: `Queue ${queue}`, exact: true }) });
const count = (page, queue, place, number) =>
  section(page, queue).locator(`.${place} .count`, { hasText: new RegExp(`^${number}$`) }).waitFor();

before(async () => {
  const port = await start(0);
  browser = await openAt(`http://127.0.0.1:${port}`, stop);
});
after(async () => {
  await browser.close();
});

test('a page without a queue says how to make one', async () => {
  const page = await visit();
  assert.match(await page.locator('#no-queues').innerText(), /curl -X POST http:\/\/127/);
  assert.deepEqual([...trouble(page), ...(await inaccessible(page))], []);
});

test('a task is followed from queue to worker to its end', async () => {
  const page = await visit();
  await ask('POST', '/queues/flow/tasks', { payload: 1 });
  await count(page, 'flow', 'pending', 1);
  const task = await lease('flow', 'ann');
  await count(page, 'flow', 'processing', 1);
  await section(page, 'flow').getByRole('row', { name: `ann ${task.id} 1 of 5 in` }).waitFor();
  await ask('POST', `/queues/flow/tasks/${task.id}/nack`, { lease: task.lease });
  const again = await lease('flow', 'ann');
  await section(page, 'flow').getByRole('row', { name: `ann ${task.id} 2 of 5 in` }).waitFor();
  await ask('POST', `/queues/flow/tasks/${task.id}/ack`, { lease: again.lease });
  await count(page, 'flow', 'completed', 1);
  const { ids } = await ask('POST', '/queues/flow/tasks', { payload: 2, delay_ms: 60000 });
  await section(page, 'flow').getByRole('row', { name: `${ids[0]} 1 of 5 in` }).waitFor();
  assert.deepEqual(trouble(page), []);
});

test('dead letters are retried and dropped without a mouse, and the focus is not lost', async () => {
  const ids = [await makeDeadLetter('dead', 'a'), await makeDeadLetter('dead', 'b')];
  const page = await visit();
  await page.getByRole('button', { name: `Retry task ${ids[0]}` }).focus();
  await page.waitForTimeout(2500); // the page asks again meanwhile
  await page.keyboard.press('Enter');
  await count(page, 'dead', 'failed', 1);
  await page.getByText(`Task ${ids[0]} has all its attempts again.`).waitFor();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  assert.equal(await focused(), `Retry task ${ids[1]}`);
  await page.keyboard.press('Tab');
  for (let i = 0; i < 30; ++i) await page.keyboard.down('Enter'); // held down: one press
  await page.waitForTimeout(SURE_AFTER_MS);
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  assert.equal(await focused(), `Really drop task ${ids[1]}?`);
  await page.getByText(`Press again within 5 s to drop task ${ids[1]}.`).waitFor();
  assert.equal((await ask('GET', '/queues/dead')).failed, 1);
  await page.keyboard.press('Enter');
  await count(page, 'dead', 'failed', 0);
  assert.equal((await ask('GET', '/queues/dead')).dropped, 1);
  assert.deepEqual(trouble(page), []);
});

test('a double click drops nothing', async () => {
  const id = await makeDeadLetter('twice', 'a');
  const page = await visit();
  await page.getByRole('button', { name: `Drop task ${id}` }).dblclick();
  await page.getByRole('button', { name: `Really drop task ${id}?` }).waitFor();
  await page.waitForTimeout(SURE_AFTER_MS);
  assert.equal((await ask('GET', '/queues/twice')).failed, 1);
});

test('a press without an answer is told as unknown, a refused one with its reason', async () => {
  const id = await makeDeadLetter('unknown', 'a');
  const page = await visit();
  const press = () => page.getByRole('button', { name: `Retry task ${id}` }).click();
  await page.route('**/retry', (route) => route.abort());
  await press();
  await page.getByText(`No answer: it is unknown what became of task ${id}.`).waitFor();
  await page.unroute('**/retry');
  await page.route('**/retry', (route) =>
    route.fulfill({ status: 507, json: { detail: "the broker's disk is full" } }),
  );
  await press();
  await page.getByText("That did not work: the broker's disk is full.").waitFor();
  assert.match(await page.locator('#status').innerText(), /^Live/);
});

test('a hidden page asks nothing, and goes on when it is seen', async () => {
  const page = await visit();
  const hide = (hidden) =>
    page.evaluate((value) => Object.defineProperty(document, 'hidden', { value, configurable: true }), hidden);
  let asked = 0;
  page.on('request', () => ++asked);
  await hide(true);
  await page.waitForTimeout(500); // what was under way ends
  asked = 0;
  await page.waitForTimeout(2500);
  assert.equal(asked, 0);
  await hide(false);
  await page.waitForRequest('**/state');
});

test('what comes from outside stays text', async () => {
  const named = await fetch(`${browser.origin}/queues/${encodeURIComponent(HOSTILE)}/tasks`, {
    method: 'POST',
    body: '{"payload": 1}',
  });
  assert.equal(named.status, 400); // such a name comes into no queue, and so not into the page
  await makeDeadLetter('hostile', HOSTILE);
  const page = await visit();
  await section(page, 'hostile').getByText(JSON.stringify(HOSTILE)).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.title(), 'The queue, live');
  assert.deepEqual(trouble(page), []);
});

test('it can be read in light and dark, on a desk and on a phone', async () => {
  await makeDeadLetter('looks', { to: 'ann', text: 'x'.repeat(300) });
  for (const [name, scheme, size] of [
    ['light', 'light', [1280, 900]],
    ['dark', 'dark', [1280, 900]],
    ['phone', 'light', [320, 700]],
  ]) {
    const page = await visit({ scheme, size });
    assert.deepEqual([...trouble(page), ...(await inaccessible(page)), ...(await wider(page))], [], name);
    await shot(page, `queue-${name}`);
  }
});

test('a broker that is gone is told of, and found again', async () => {
  const page = await visit();
  await stop();
  await page.getByText(/The broker does not answer. It was last heard at .*Trying again/).waitFor();
  await start(Number(new URL(browser.origin).port));
  await page.getByText('Live: asked once a second.').waitFor();
  await ask('POST', '/queues/again/tasks', { payload: 1 });
  await count(page, 'again', 'pending', 1);
});
