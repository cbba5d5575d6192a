// Asks the broker once a second what it holds, and shows it. Whatever comes from outside (names,
// payloads) is put in as text, never as HTML.

const PERIOD_MS = 1000;
const RATE_OVER_MS = 5000;
const WORKER_STAYS_MS = 30_000; // in the table, after its last task
const MOST_QUEUES = 20;
const MOST_DEAD = 20; // of a queue
const MOST_PAYLOAD = 200; // characters
const SURE_MS = 5000; // within this a second press of Drop counts,
const SURE_AFTER_MS = 500; // but not before: that would be a double click
const RESULT_STAYS_MS = 20_000;

const byId = (id) => document.getElementById(id);
const queues = new Map(); // name -> what is remembered and shown of it

// ---- Asking -------------------------------------------------------------------------------------

/** The broker has answered, and said no. Of any other failure nobody knows what it did. */
class Refused extends Error {}

async function ask(path, method = "GET") {
  const response = await fetch(path, { method, signal: AbortSignal.timeout(5000) });
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json();
  throw new Refused(problem.detail);
}

const queuePath = (name) => `/queues/${encodeURIComponent(name)}`;

let latest = 0; // of the looks: an answer that a newer one overtook is not shown

async function look() {
  const mine = ++latest;
  const state = await ask("/state");
  const shown = state.queues.slice(0, MOST_QUEUES);
  const dead = await Promise.all(
    shown.map(({ queue, failed }) =>
      failed === 0 ? { tasks: [] } : ask(`${queuePath(queue)}/dead?max=${MOST_DEAD}`),
    ),
  );
  return () => mine === latest && show(state, shown, dead);
}

let lastHeard = null;

/** Looks, and says whether the broker answers. What goes wrong in showing is no fault of its own. */
async function refresh() {
  let showIt;
  try {
    showIt = await look();
  } catch (error) {
    const heard = lastHeard ? ` It was last heard at ${lastHeard.toLocaleTimeString()}.` : "";
    const wrong = error instanceof Refused ? `says: ${error.message}.` : `does not answer.${heard}`;
    say("status", `The broker ${wrong} Trying again …`);
    byId("status").classList.add("silent");
    return;
  }
  lastHeard = new Date();
  say("status", "Live: asked once a second.");
  byId("status").classList.remove("silent");
  showIt();
}

async function turn() {
  try {
    if (!document.hidden) await refresh();
  } finally {
    setTimeout(turn, PERIOD_MS);
  }
}

/** What a screen reader says aloud: only what is new. */
function say(where, words) {
  setText(byId(where), words);
}

// ---- Showing ------------------------------------------------------------------------------------

function show(state, shown, dead) {
  const now = Date.now();
  byId("no-queues").hidden = shown.length > 0;
  const more = state.queues.length - shown.length;
  byId("more-queues").hidden = more === 0;
  setText(byId("more-queues"), `Not shown here: ${more} of the queues. /queues lists all.`);
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
  let busy = false; // until the answer is there a second press would only be refused
  const act = async (method, at, done) => {
    if (busy) return;
    busy = true;
    const did = await tryTo(() => ask(at, method), id, done);
    if (did) await refresh(); // takes this row away
    busy = false;
  };
  const retry = button("Retry", `Retry task ${id}`);
  retry.onclick = () => act("POST", `${path}/retry`, `Task ${id} has all its attempts again.`);
  const drop = button("Drop", `Drop task ${id}`);
  let pressed = -Infinity;
  drop.onclick = () => {
    const since = performance.now() - pressed;
    if (since < SURE_AFTER_MS) return;
    if (since < SURE_MS) return act("DELETE", path, `Task ${id} is thrown away.`);
    pressed = performance.now();
    label(drop, "Really drop?", `Really drop task ${id}?`, true);
    tell(`Press again within ${SURE_MS / 1000} s to drop task ${id}.`);
    setTimeout(() => label(drop, "Drop", `Drop task ${id}`, false), SURE_MS);
  };
  return [retry, drop];
}

function button(text, name) {
  const made = document.createElement("button");
  made.type = "button";
  label(made, text, name, false);
  // Enter held down is one press; the focus may be on another task's button meanwhile.
  made.onkeydown = (event) => {
    if (event.repeat && event.key === "Enter") event.preventDefault();
  };
  return made;
}

function label(element, text, name, sure) {
  element.textContent = text;
  element.setAttribute("aria-label", name);
  element.classList.toggle("sure", sure);
}

/** Says what came of it; true when it was done. */
async function tryTo(what, id, done) {
  try {
    await what();
    tell(done);
    return true;
  } catch (error) {
    if (error instanceof Refused) tell(`That did not work: ${error.message}.`);
    else tell(`No answer: it is unknown what became of task ${id}.`);
    return false;
  }
}

let forget;

function tell(result) {
  say("result", result);
  clearTimeout(forget);
  forget = setTimeout(() => say("result", ""), RESULT_STAYS_MS);
}

byId("origin").textContent = location.origin;
turn();
