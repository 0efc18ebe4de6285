import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TcpProxy } from '../postgres/tcp-proxy.js';
import { describeOnRedis } from '../redis/datastores.js';
import type { Datastore } from './system/datastore.js';
import { ManyProcesses, type Network } from './system/many-processes.js';
import type { Program } from './system/program.js';

const LASTS_MAX_MS = 300_000;
const UP_WITHIN_MS = 120_000;
const WORKERS = 3;
/** As many as a worker makes until all queues are reached, to either server, and some more. */
const CONNECTIONS = 14;
const ANSWERS_WITHIN_MS = 10_000;
/** An orchestrator kills what has not ended by then. */
const GRACE_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Starts a worker while one connection of its is cut, and ends it again; null where all was well. */
async function troubleOf(worker: Program, url: string, way: TcpProxy, connection: number) {
  way.cutsConnection = connection;
  await worker.begin();
  for (let waitedMs = 0; worker.runs && !worker.isUp; waitedMs += LOOK_EVERY_MS) {
    if (waitedMs > UP_WITHIN_MS) return 'neither came up nor gave up';
    await sleep(LOOK_EVERY_MS);
  }
  way.cutsConnection = null;
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const isAnswered = await fetch(`${url}/health/ready`, { signal }).then(
    () => true,
    () => false,
  );
  // One that gives up, before it is up or just after, is started again by whoever supervises it. It ends in order.
  for (let waitedMs = 0; !isAnswered && worker.runs; waitedMs += LOOK_EVERY_MS) {
    if (waitedMs > GRACE_MS) break;
    await sleep(LOOK_EVERY_MS);
  }
  if (!worker.runs) return null;
  const hasEnded = await Promise.race([worker.stop().then(() => true), sleep(GRACE_MS, false)]);
  await worker.kill();
  if (!hasEnded) return 'did not end when it was told to';
  return isAnswered ? null : 'did not answer how it is';
}

function tried(queues: Datastore, wayOf: (network: Network) => TcpProxy | null): void {
  let all: ManyProcesses;
  beforeAll(async () => {
    all = await ManyProcesses.start({ apis: 0, workers: WORKERS, queues });
    await Promise.all(all.workers.map((worker) => worker.kill()));
  }, LASTS_MAX_MS);
  afterAll(() => all?.remove(), LASTS_MAX_MS);

  it('comes up or gives up, says how it is and ends when it is told to, whichever it was', {
    timeout: LASTS_MAX_MS,
  }, async () => {
    const troubles: string[] = [];
    let tries = 0;
    const tryOn = async (worker: Program) => {
      const way = wayOf(all.networks.get(worker) as Network);
      while (way !== null && tries < CONNECTIONS) {
        tries += 1;
        const connection = tries;
        const trouble = await troubleOf(worker, all.urls.get(worker) as string, way, connection);
        if (trouble !== null) troubles.push(`connection ${connection}: it ${trouble}`);
      }
    };
    await Promise.all(all.workers.map(tryOn));
    expect(troubles).toEqual([]);
    expect(tries).toBe(CONNECTIONS);
  });
}

describe('a worker of which one connection to Postgres is cut while it starts', () =>
  tried('Postgres', ({ toPostgres }) => toPostgres));
describeOnRedis('a worker of which one connection to Redis is cut while it starts', () =>
  tried('Redis', ({ toQueues }) => toQueues),
);
