// The task queue's core in TypeScript: what the broker decides, in memory alone.
//
// Its host writes a line of JSON for each thing that happens, with the time, and reads a line with
// what is to be done about it (src/reference/any-language.md). Without a clock, a socket or a file
// of its own, it runs in a simulator as well as in a broker. Node 24 runs it as it stands.
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

type Json = Record<string, any>;
type Held = { task: string; lease: Json };
type Command = Json & { type: string; queue: string };
type Request = { session: string; request: string; command: Command };

// Times are in microseconds. On a line they are strings, as all numbers of 64 bits are.
const MS = 1000;

type Task = {
  id: number;
  queue: string;
  payload: string; // base64, as it came
  max_attempts: number;
  enqueued_at: string;
  state: "pending" | "processing" | "failed"; // failed: a dead letter
  attempts: number;
  until: number; // when its lease or its pause is over
  lease?: Json; // the token of who holds it
  told: Record<string, string>; // what else there is to say about it in this state
};

const refused = (reason: string): Json => ({ type: "refused", reason });

class Queue {
  private incarnation = "0";
  private lastTask = 0;
  private lastLease = 0;
  private mono = 0; // now, by the clock of this process
  private wall = 0; // and by that of all
  private tasks = new Map<number, Task>(); // but those that are done; the oldest first
  private timed = new Map<number, Task>(); // of them those with a lease or a pause
  private done = new Map<string, number>(); // by queue: how many
  private waiting: { until: number; asked: Request }[] = []; // found no task
  private replies: Json[] = [];
  private config: Json;
  private random: number;

  constructor(config: Json, seed: string) {
    this.config = config;
    this.random = Number(BigInt.asUintN(32, BigInt(seed)));
  }

  answer({ now, input, show }: Json): Json {
    [this.mono, this.wall] = [Number(now.mono), Number(now.wall)];
    this.replies = [];
    this.endWhatIsOver(); // judged by the time, whether or not a timeout was told
    if (input.type === "start") this.incarnation = input.incarnation;
    if (input.type === "request") this.onRequest(input as Request);
    if (input.type === "closed") {
      this.waiting = this.waiting.filter((one) => one.asked.session !== input.session);
    }
    this.endWhatIsOver(); // what was enqueued or given back without a pause is there at once
    this.serveWaiting();
    const no = { writes: [], loads: [], messages: [], pushes: [], closes: [] };
    const answer: Json = { ready: { replies: this.replies, ...no } };
    const times = [...this.timed.values(), ...this.waiting].map((one) => one.until);
    if (times.length > 0) answer.next_timeout = String(Math.min(...times));
    if (show) answer.queues = this.queueInfos(); // for the live page
    return answer;
  }

  private onRequest(asked: Request, command = asked.command): void {
    let result = refused("bad_request");
    if (command.type === "lease") {
      return void this.waiting.push({ until: this.mono + command.wait_ms * MS, asked });
    } else if (command.type === "enqueue") {
      result = this.onEnqueue(command.queue, command.tasks);
    } else if (["ack", "nack", "extend"].includes(command.type)) {
      result = this.onHeld(command, command.held) ? { type: "done" } : refused("stale_lease");
    } else if (command.type === "ack_many") {
      const good: Held[] = command.held.filter((held: Held) => this.onHeld(command, held));
      const stale: Held[] = command.held.filter((held: Held) => !good.includes(held));
      const refused = stale.map(({ task }) => ({ task, reason: "stale_lease" }));
      result = { type: "acked", done: good.map(({ task }) => task), refused };
    } else if (command.type === "list_dead") {
      result = this.onListDead(command.queue, Number(command.after), command.max);
    }
    this.replies.push({ session: asked.session, request: asked.request, result });
  }

  private onEnqueue(queue: string, tasks: Json[]): Json {
    const { max_queue_length, default_attempts } = this.config;
    if (this.tasksOf(queue).length + tasks.length > max_queue_length) return refused("queue_full");
    this.done.set(queue, this.done.get(queue) ?? 0);
    const ids = tasks.map(({ payload, max_attempts, delay_ms }) => {
      const [id, enqueued_at] = [++this.lastTask, String(this.wall)];
      const task: Task = { id, queue, payload, max_attempts: max_attempts || default_attempts,
        enqueued_at, state: "pending", attempts: 0, until: 0, told: {} };
      this.tasks.set(id, task);
      this.put(task, "pending", delay_ms, "not_before");
      return String(id);
    });
    return { type: "enqueued", tasks: ids };
  }

  private handOut(command: Command): Json[] {
    const pending = this.tasksOf(command.queue, "pending").filter(({ id }) => !this.timed.has(id));
    return pending.slice(0, command.max).map((task) => {
      task.lease = { incarnation: this.incarnation, number: String(++this.lastLease) };
      this.put(task, "processing", command.visibility_ms, "expires_at");
      const { id, payload, max_attempts, lease, told } = task;
      return { task: String(id), lease, attempt: ++task.attempts, max_attempts, payload, ...told };
    });
  }

  // Only who holds the task now, under its last token, may do anything to it.
  private onHeld({ type, queue, visibility_ms }: Command, { task: id, lease }: Held): boolean {
    const task = this.tasks.get(Number(id));
    if (!task?.lease || task.queue !== queue || !isDeepStrictEqual(task.lease, lease)) return false;
    if (type === "extend") {
      this.put(task, "processing", visibility_ms, "expires_at");
    } else if (type === "nack") {
      this.giveBack(task, "nacked");
    } else {
      this.done.set(queue, this.done.get(queue)! + 1);
      this.tasks.delete(task.id);
      this.timed.delete(task.id);
    }
    return true;
  }

  private put(task: Task, state: "pending" | "processing", forMs: number, until: string): void {
    task.state = state;
    task.until = this.mono + forMs * MS;
    task.told = { [until]: String(this.wall + forMs * MS) };
    this.timed.set(task.id, task);
  }

  // After a pause, which doubles with each attempt and is half by chance, somebody else gets it;
  // after the last attempt nobody does.
  private giveBack(task: Task, reason: string): void {
    delete task.lease;
    if (task.attempts < task.max_attempts) {
      this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0; // of 32 bits
      const { backoff_ms, max_backoff_ms } = this.config;
      const halfMs = Math.min(backoff_ms * 2 ** (task.attempts - 1), max_backoff_ms) / 2;
      const pauseMs = halfMs + Math.floor((halfMs * this.random) / 2 ** 32);
      return this.put(task, "pending", pauseMs, "not_before");
    }
    task.state = "failed";
    task.told = { ended_at: String(this.wall), reason };
    this.timed.delete(task.id);
  }

  private endWhatIsOver(): void {
    for (const task of [...this.timed.values()].filter((one) => one.until <= this.mono)) {
      this.timed.delete(task.id); // a pending one can be had from here on
      if (task.state === "processing") this.giveBack(task, "expired");
    }
  }

  // Who came first is served first; who may wait no longer is told that there is none.
  private serveWaiting(): void {
    this.waiting = this.waiting.filter(({ until, asked }) => {
      const tasks = this.handOut(asked.command);
      if (tasks.length === 0 && this.mono < until) return true; // it goes on waiting
      const { session, request } = asked;
      this.replies.push({ session, request, result: { type: "leased", tasks } });
      return false;
    });
  }

  private onListDead(queue: string, after: number, most: number): Json {
    const dead = this.tasksOf(queue, "failed").filter((task) => task.id > after);
    const tasks = dead.slice(0, most).map(({ id, until, lease, told, ...task }) => (
      { task: String(id), ...task, ...told }));
    return { type: "dead_letters", tasks, more: dead.length > most };
  }

  private tasksOf(queue: string, state?: string): Task[] {
    const fits = (task: Task) => task.queue === queue && (!state || task.state === state);
    return [...this.tasks.values()].filter(fits);
  }

  private queueInfos(): Json[] {
    return [...this.done].sort().map(([queue, done]) => {
      const count = (state: string) => String(this.tasksOf(queue, state).length);
      const no = { delayed: "0", dropped: "0", waiting: "0", oldest_ms: "0" };
      const counts = { pending: count("pending"), processing: count("processing"),
        failed: count("failed"), completed: String(done), ...no };
      const settings = { max_length: 0, max_attempts: 0, dead_letters_to: "" };
      return { queue, settings, counts };
    });
  }
}

let core: Queue | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const told: Json = JSON.parse(line);
  if (told.config && told.seed) core = new Queue(told.config, told.seed); // a new life begins
  process.stdout.write(`${JSON.stringify(core!.answer(told))}\n`);
}
