// What the producer and the worker in TypeScript share: how to ask the broker until it answers.
// Node 24 runs TypeScript as it stands.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const answerLimitMs = 5_000; // then the request is given up
const firstPauseMs = 200;
const longestPauseMs = 10_000;
const notNow = [429, 503, 507]; // too much, stopping, disk full: later it may be taken

export type Answer = { status: number; body: any };

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stop.abort());

export function stopping(): boolean {
  return stop.signal.aborted;
}

// Ends early when the program is to stop, or `sooner` is aborted.
export async function pause(ms: number, sooner = stop.signal): Promise<void> {
  await sleep(ms, undefined, { signal: sooner }).catch(() => {});
}

// Asks until the broker answers; nothing if the program is to stop before that. The request may
// arrive several times: a lost answer looks like a lost request. So it must be one that does no
// harm when it comes again.
export async function ask(url: string, body: object): Promise<Answer | undefined> {
  for (let limitMs = firstPauseMs; ; limitMs = Math.min(2 * limitMs, longestPauseMs)) {
    let retryAfterMs = 0;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerLimitMs),
      });
      const text = await response.text();
      if (!notNow.includes(response.status)) {
        return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
      }
      retryAfterMs = 1_000 * Number(response.headers.get("Retry-After") ?? 0);
    } catch {
      // no answer, or half of one
    }
    // By chance, so that all who failed together do not come back together.
    await pause(Math.max(retryAfterMs, limitMs * (0.5 + Math.random() / 2)));
    if (stopping()) return undefined;
  }
}

// The flags that have a default here, each with a value; numbers where the default is one.
export function readFlags<Flags extends Record<string, string | number>>(defaults: Flags): Flags {
  const names = Object.keys(defaults);
  const usage = `flags: ${names.map((name) => `[--${name} ${defaults[name]}]`).join(" ")}`;
  if (process.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
    const given: Record<string, unknown> = parseArgs({ options }).values;
    const flags: Record<string, unknown> = { ...defaults, ...given };
    for (const name of names.filter((name) => typeof defaults[name] === "number")) {
      if (!/^[1-9]\d{0,8}$/.test(String(flags[name]))) {
        throw new Error(`--${name} must be a number, 1 or more`);
      }
      flags[name] = Number(flags[name]);
    }
    return flags as Flags;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
