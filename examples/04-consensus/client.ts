// Asks the cluster until it has an answer. Any node will do: it hands on what only the leader can
// do. Node 24 runs TypeScript as it stands.
//
//   node client.ts put greeting hello
//   node client.ts append greeting ', world'
//   node client.ts get greeting
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const answerLimitMs = 10_000; // longer than a node waits for the cluster
const firstPauseMs = 100;
const longestPauseMs = 2_000;

type Outcome = "done" | "not_done" | "unknown";
type Answer = { outcome: Outcome; status?: number; headers: Headers; body: Uint8Array };
type Request = { method: string; path: string; body?: string; headers?: Record<string, string> };

class NotDone extends Error {} // nothing was changed, and nothing will be
class Unknown extends Error {} // the change may have been made, or may still be made, or not

function pathOf(key: string): string {
  return `/kv/${encodeURIComponent(key)}`;
}

class Cluster {
  private session?: number;
  private sequence = 0;
  private servers: string[]; // the first is asked
  private patienceMs: number;

  constructor(servers: string[], patienceMs: number) {
    const first = Math.floor(Math.random() * servers.length);
    this.servers = [...servers.slice(first), ...servers.slice(0, first)];
    this.patienceMs = patienceMs;
  }

  // The value; nothing if there is no such key.
  async get(key: string): Promise<Uint8Array | undefined> {
    const answer = await this.ask({ method: "GET", path: pathOf(key) });
    return answer.status === 404 ? undefined : answer.body;
  }

  // The key's new version. In a session the change may be sent again: the cluster knows its number,
  // and makes it once. Without one, a lost answer is the end: nobody knows.
  async change(method: string, path: string, body: string, once: boolean): Promise<string> {
    if (!once) return (await this.ask({ method, path, body }, false)).headers.get("ETag")!;
    if (this.session === undefined) {
      const opened = await this.ask({ method: "POST", path: "/sessions" });
      this.session = JSON.parse(new TextDecoder().decode(opened.body)).session;
    }
    const number = { "Raft-Session": `${this.session}`, "Raft-Sequence": `${++this.sequence}` };
    return (await this.ask({ method, path, body, headers: number })).headers.get("ETag")!;
  }

  private async ask(request: Request, repeatable = true): Promise<Answer> {
    const end = Date.now() + this.patienceMs;
    let inDoubt = false; // whether one of the attempts may have changed something
    for (let limitMs = firstPauseMs; ; limitMs = Math.min(2 * limitMs, longestPauseMs)) {
      const answer = await this.askOnce(request);
      const { outcome, status } = answer;
      const reads = request.method === "GET";
      if (outcome === "done" || (reads && status === 404)) return answer;
      inDoubt ||= outcome === "unknown" && !reads;
      const later = status === undefined || status === 429 || status >= 500;
      if (!later || (inDoubt && !repeatable) || Date.now() > end) {
        const text = new TextDecoder().decode(answer.body);
        const words = text.startsWith("{") ? JSON.parse(text).detail : "no answer came";
        throw inDoubt ? new Unknown(words) : new NotDone(words);
      }
      this.servers.push(this.servers.shift()!);
      const retryAfterMs = 1_000 * Number(answer.headers.get("Retry-After") ?? 0);
      // By chance, so that all who failed together do not come back together.
      await sleep(Math.max(retryAfterMs, limitMs * (0.5 + Math.random() / 2)));
    }
  }

  private async askOnce({ method, path, body, headers }: Request): Promise<Answer> {
    try {
      const signal = AbortSignal.timeout(answerLimitMs);
      const url = `http://${this.servers[0]}${path}`;
      const response = await fetch(url, { method, body, headers, signal });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const answer = { status: response.status, headers: response.headers, body: bytes };
      if (response.status < 400) return { ...answer, outcome: "done" };
      // An error that does not say is one of the host: below 500 the cluster was not asked.
      const silent = response.status < 500 ? "not_done" : "unknown";
      const told = JSON.parse(new TextDecoder().decode(bytes) || "{}");
      return { ...answer, outcome: told.outcome ?? silent };
    } catch (error) {
      const notSent = (error as any).cause?.code === "ECONNREFUSED";
      const outcome = notSent ? "not_done" : "unknown";
      return { outcome, headers: new Headers(), body: new Uint8Array() };
    }
  }
}

const usage =
  "client.ts [--server HOST:PORT]... [--patience-s 60] [--no-session] get KEY | put KEY VALUE | append KEY VALUE";

async function main(): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: "string", multiple: true, default: [1, 2, 3, 4, 5].map((id) => `127.0.0.1:${4400 + id}`) },
      "patience-s": { type: "string", default: "60" },
      "no-session": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [what, key, value, ...more] = positionals;
  if (flags.help) return (console.log(usage), 0);
  const known = what === "get" ? value === undefined : ["put", "append"].includes(what!) && value !== undefined;
  if (!known || key === undefined || more.length > 0) throw new TypeError("what is asked is not understood");
  const cluster = new Cluster(flags.server, 1_000 * Number(flags["patience-s"]));
  if (what === "get") {
    const found = await cluster.get(key);
    process.stdout.write(found ?? "");
    return found === undefined ? 1 : 0;
  }
  const [method, path] = what === "put" ? ["PUT", pathOf(key)] : ["POST", `${pathOf(key)}/append`];
  const version = await cluster.change(method!, path!, value!, !flags["no-session"]);
  console.log("version", version.replaceAll('"', ""));
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const words = (error as Error).message;
  if (error instanceof NotDone) console.error(`not done: ${words}`);
  else if (error instanceof Unknown) console.error(`nobody knows whether it was done: ${words}`);
  else console.error(`${words}\n${usage}`);
  process.exitCode = error instanceof NotDone ? 1 : error instanceof Unknown ? 3 : 2;
}
