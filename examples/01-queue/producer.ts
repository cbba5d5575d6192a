// A producer in TypeScript: puts tasks into a queue, one after the other.
//
//   node producer.ts [--server HOST:PORT] [--queue NAME] [--count N]
import { randomUUID } from "node:crypto";
import { ask, readFlags, stopping } from "./client.ts";

const flags = readFlags({ server: "127.0.0.1:4100", queue: "demo", count: 10 });
const url = `http://${flags.server}/queues/${encodeURIComponent(flags.queue)}/tasks`;
// Another in each life of a producer: with the same keys, its tasks would be those of the last.
const run = randomUUID();

for (let number = 1; number <= flags.count && !stopping(); ++number) {
  // The key is the same however often the task is sent: the broker stores it once.
  const payload = { photo: `photo-${number}.jpg`, width: 320 };
  const task = { payload, idempotency_key: `${run}-${number}` };
  const answer = await ask(url, task);
  if (answer === undefined) {
    console.log(`job ${number}  stopped without an answer: whether it is stored is unknown`);
  } else if (answer.status !== 201) {
    console.error(`job ${number}  not stored: ${answer.body.detail}`);
    process.exitCode = 1;
    break;
  } else {
    console.log(`task ${answer.body.ids[0]}  stored`);
  }
}
