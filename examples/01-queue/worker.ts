// A worker in TypeScript: takes tasks from a queue, one at a time, does them and says so.
//
//   node worker.ts [--server HOST:PORT] [--queue NAME] [--name NAME] [--work-ms N]
//                  [--visibility-ms N]
import { ask, pause, readFlags, stopping } from "./client.ts";

const waitMs = 1_000; // for a task; as long as this a worker that is told to stop may go on

type Task = { id: string; lease: string; payload: any };

const flags = readFlags({
  server: "127.0.0.1:4100",
  queue: "demo",
  name: "worker-1",
  "work-ms": 300,
  "visibility-ms": 10_000,
});
const queue = `http://${flags.server}/queues/${encodeURIComponent(flags.queue)}`;
const visibility_ms = flags["visibility-ms"];

// A demonstration: it waits. Real work, too, should look whether the task is lost.
async function work(payload: any, lost: AbortSignal): Promise<void> {
  const isThumbnail = typeof payload?.photo === "string" && Number.isInteger(payload.width);
  if (!isThumbnail) throw new Error("the payload is no thumbnail");
  await pause(flags["work-ms"], lost);
}

function tell(task: Task, verb: string, more = {}) {
  return ask(`${queue}/tasks/${task.id}/${verb}`, { lease: task.lease, ...more });
}

// Has the lease extended whenever a third of it is over, while the work goes on.
async function keep(task: Task, ended: AbortSignal, lost: AbortController): Promise<void> {
  while (!lost.signal.aborted) {
    await pause(visibility_ms / 3, ended);
    if (ended.aborted) return;
    const answer = await tell(task, "extend", { visibility_ms });
    // Somebody else may have the task: to go on would do it twice.
    if (answer !== undefined && answer.status !== 204) lost.abort();
  }
}

async function doTask(task: Task): Promise<void> {
  const begun = performance.now();
  const ended = new AbortController();
  const lost = new AbortController();
  const keeping = keep(task, ended.signal, lost);
  let verb = "ack";
  let words = "done in";
  try {
    await work(task.payload, lost.signal);
  } catch (error) {
    verb = "nack"; // somebody else may have more luck
    words = `not done (${(error as Error).message}), given back after`;
  }
  ended.abort();
  await keeping;
  const answer = await tell(task, verb);
  if (answer === undefined) {
    words = "no answer from the broker; it comes back if its lease expires, after";
  } else if (answer.status !== 204) {
    words = "not this worker's any more after"; // 409: its lease ended, or an ack before arrived
  }
  console.log(`task ${task.id}  ${words} ${Math.round(performance.now() - begun)} ms`);
}

while (!stopping()) {
  const request = { worker: flags.name, visibility_ms, wait_ms: waitMs };
  const answer = await ask(`${queue}/leases`, request);
  if (answer === undefined) break;
  if (answer.status !== 200) {
    console.error(`no tasks: ${answer.body.detail}`);
    process.exitCode = 1;
    break;
  }
  for (const task of answer.body.tasks) await doTask(task);
}
