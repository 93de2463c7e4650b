// BullMQ beside TaskRunner: the same no-op task, and the same ways to enqueue it.
//   bullmq_peer.mjs work CONCURRENCY | enqueue N | bulk N | latency N SECONDS      prints the seconds that it took
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { setTimeout as pause } from "node:timers/promises";

const { hostname: host, port } = new URL(process.env.REDIS_URL);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const microseconds = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
const options = { removeOnComplete: true, removeOnFail: true };
const [mode, number, seconds] = process.argv.slice(2);

if (mode === "work") {
  const client = new Redis(connection);
  const worker = new Worker("bench", async (job) => {
    if (job.name === "latency") await client.rpush("bench:latency", microseconds() - job.data.sent);
  }, { connection, concurrency: Number(number) });
  process.on("SIGTERM", async () => { await worker.close(); await client.quit(); process.exit(0); });
} else {
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  const count = Number(number);
  const began = performance.now();
  if (mode === "enqueue") {
    for (let i = 0; i < count; i++) await queue.add("noop", { number: i }, options);
  } else if (mode === "bulk") {
    for (let i = 0; i < count; i += 1000) {
      await queue.addBulk(Array.from({ length: Math.min(1000, count - i) }, (_, j) => ({ name: "noop", data: { number: i + j }, opts: options })));
    }
  } else {
    for (let i = 0; i < count; i++) {
      await pause(Number(seconds) * 1000);
      await queue.add("latency", { sent: microseconds() }, options);
    }
  }
  console.log((performance.now() - began) / 1000);
  await queue.close();
}
