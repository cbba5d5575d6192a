// Asks the broker once a second what it holds, and shows it. Whatever comes from outside (names,
// payloads) is put in as text, never as HTML.

const PERIOD_MS = 1000;
const RATE_OVER_MS = 5000;
const WORKER_STAYS_MS = 30_000; // in the table, after its last task
const MOST_QUEUES = 20;
const MOST_DEAD = 20; // of a queue
const MOST_PAYLOAD = 200; // characters
const SURE_MS = 5000; // within this a second press of Drop counts

const byId = (id) => document.getElementById(id);
const queues = new Map(); // name -> what is remembered and shown of it

// ---- Asking -------------------------------------------------------------------------------------

async function ask(path, method = "GET") {
  const response = await fetch(path, { method, signal: AbortSignal.timeout(5000) });
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json();
  throw new Error(problem.detail);
}

const queuePath = (name) => `/queues/${encodeURIComponent(name)}`;

async function look() {
  const state = await ask("/state");
  const shown = state.queues.slice(0, MOST_QUEUES);
  const dead = await Promise.all(
    shown.map(({ queue, failed }) =>
      failed === 0 ? { tasks: [] } : ask(`${queuePath(queue)}/dead?max=${MOST_DEAD}`),
    ),
  );
  show(state, shown, dead);
}

let lastHeard = null;
let silent = false;

async function turn() {
  if (!document.hidden) {
    try {
      await look();
      if (silent || lastHeard === null) say("Live: asked once a second.");
      silent = false;
      lastHeard = new Date();
    } catch {
      const heard = lastHeard ? ` It was last heard at ${lastHeard.toLocaleTimeString()}.` : "";
      if (!silent) say(`The broker does not answer.${heard} Trying again …`);
      silent = true;
    }
    byId("status").classList.toggle("silent", silent);
  }
  setTimeout(turn, PERIOD_MS);
}

/** What a screen reader says aloud: only what is new. */
function say(words) {
  byId("status").textContent = words;
}

// ---- Showing ------------------------------------------------------------------------------------

function show(state, shown, dead) {
  const now = Date.now();
  byId("no-queues").hidden = shown.length > 0;
  const more = state.queues.length - shown.length;
  byId("more-queues").hidden = more === 0;
  byId("more-queues").textContent = `${more} more queues: see /queues.`;
  keep(byId("queues"), shown, (info) => info.queue, makeQueue, (section, info) => {
    const memory = queues.get(info.queue);
    const tasks = state.tasks.filter((task) => task.queue === info.queue);
    showFlow(section, info, memory, now);
    showWorkers(section, tasks, memory, now);
    showLater(section, tasks, now);
    showDead(section, info, dead[shown.indexOf(info)].tasks);
  });
}

/**
 * Makes the children of `parent` those of `items`. A child that is there already stays, and so does
 * the focus in it.
 */
function keep(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const child = old.get(key) ?? make(item);
    child.dataset.key = key;
    old.delete(key);
    if (child === before) before = child.nextElementSibling;
    else parent.insertBefore(child, before);
    update(child, item);
  }
  for (const [key, child] of old) {
    const hadFocus = child.contains(document.activeElement);
    child.remove();
    if (parent.id === "queues") queues.delete(key);
    if (hadFocus) (parent.querySelector("button") ?? parent.closest("section").querySelector("h2")).focus();
  }
}

function makeQueue(info) {
  const section = byId("queue").content.firstElementChild.cloneNode(true);
  section.querySelector("h2").textContent = `Queue ${info.queue}`;
  queues.set(info.queue, { samples: [], workers: new Map() });
  return section;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showFlow(section, info, memory, now) {
  const ended = info.completed + info.dropped;
  const sample = { now, completed: info.completed };
  sample.enqueued = ended + info.pending + info.processing + info.failed;
  memory.samples = memory.samples.filter((old) => now - old.now <= RATE_OVER_MS);
  memory.samples.push(sample);
  const [first] = memory.samples;
  const rate = (what) => {
    const seconds = (now - first.now) / 1000;
    return seconds === 0 ? "" : `${Math.max(0, (sample[what] - first[what]) / seconds).toFixed(1)} a second`;
  };
  const later = info.delayed > 0 ? `, ${info.delayed} not before their time` : "";
  const notes = {
    pending: `in: ${rate("enqueued")}${later}`,
    processing: info.waiting > 0 ? `${info.waiting} workers ask for more` : "",
    completed: `out: ${rate("completed")}`,
    failed: info.dropped > 0 ? `${info.dropped} thrown away` : "",
  };
  for (const [place, note] of Object.entries(notes)) {
    setText(section.querySelector(`.${place} .count`), info[place].toLocaleString());
    setText(section.querySelector(`.${place} .rate`), note);
  }
}

function inSeconds(at, now) {
  const seconds = (at - now) / 1000;
  return seconds <= 0 ? "now" : `in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

function showWorkers(section, tasks, memory, now) {
  const held = tasks.filter((task) => task.state === "processing");
  for (const task of held) memory.workers.set(task.worker, now);
  const rows = [];
  for (const [worker, seen] of [...memory.workers].sort()) {
    if (now - seen > WORKER_STAYS_MS) memory.workers.delete(worker);
    else {
      const theirs = held.filter((task) => task.worker === worker);
      const idle = { worker, id: "–" };
      for (const [index, task] of (theirs.length ? theirs : [idle]).entries()) {
        rows.push({ ...task, row: `${index} ${worker}` });
      }
    }
  }
  fillTable(section.querySelector(".workers"), rows, (task) => task.row, (task) => [
    task.worker,
    task.id,
    task.attempts ? `${task.attempts} of ${task.max_attempts}` : "",
    task.expires_at_ms ? inSeconds(task.expires_at_ms, now) : "",
  ]);
}

function showLater(section, tasks, now) {
  const later = tasks.filter((task) => task.not_before_ms !== undefined);
  fillTable(section.querySelector(".later"), later, (task) => task.id, (task) => [
    task.id,
    `${task.attempts + 1} of ${task.max_attempts}`,
    inSeconds(task.not_before_ms, now),
  ]);
}

function showDead(section, info, tasks) {
  const table = section.querySelector(".dead");
  const more = info.failed > tasks.length ? ` (the first ${tasks.length} of ${info.failed})` : "";
  setText(table.caption, `Dead letters${more}`);
  const reasons = { nacked: "the worker could not do it", expired: "its lease expired" };
  fillTable(table, tasks, (task) => task.id, (task) => [
    task.id,
    String(task.attempts),
    reasons[task.reason],
    JSON.stringify(task.payload).slice(0, MOST_PAYLOAD),
    null, // the buttons, made once
  ], (row, task) => row.lastElementChild.append(...deadButtons(info.queue, task.id)));
  for (const cell of table.querySelectorAll("td:nth-child(4)")) cell.className = "payload";
}

/** A row for each item. A cell of `null` is left alone; an empty table is hidden. */
function fillTable(table, items, keyOf, cellsOf, finish = () => {}) {
  const make = (item) => {
    const row = document.createElement("tr");
    cellsOf(item).forEach((_, index) => row.append(document.createElement(index ? "td" : "th")));
    row.firstElementChild.scope = "row";
    finish(row, item);
    return row;
  };
  keep(table.tBodies[0], items, keyOf, make, (row, item) => {
    cellsOf(item).forEach((text, index) => {
      if (text !== null) setText(row.children[index], text);
    });
  });
  table.hidden = items.length === 0;
}

// ---- Doing --------------------------------------------------------------------------------------

function deadButtons(queue, id) {
  const path = `${queuePath(queue)}/dead/${id}`;
  const retry = button("Retry", `Retry task ${id}`);
  retry.onclick = () => act(() => ask(`${path}/retry`, "POST"), `Task ${id} has all its attempts again.`);
  const drop = button("Drop", `Drop task ${id}`);
  let sureUntil = 0;
  drop.onclick = () => {
    if (Date.now() < sureUntil) return act(() => ask(path, "DELETE"), `Task ${id} is thrown away.`);
    sureUntil = Date.now() + SURE_MS;
    label(drop, "Really drop?", `Really drop task ${id}?`, true);
    setTimeout(() => label(drop, "Drop", `Drop task ${id}`, false), SURE_MS);
  };
  return [retry, drop];
}

function button(text, name) {
  const made = document.createElement("button");
  made.type = "button";
  label(made, text, name, false);
  return made;
}

function label(element, text, name, sure) {
  element.textContent = text;
  element.setAttribute("aria-label", name);
  element.classList.toggle("sure", sure);
}

async function act(what, done) {
  try {
    await what();
    say(done);
    await look();
  } catch (error) {
    say(`That did not work: ${error.message}`);
  }
}

byId("origin").textContent = location.origin;
turn();
