import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnRedis } from '../redis/datastores.js';
import { loadSeconds } from './load/load-seconds.js';
import type { Datastore } from './system/datastore.js';
import { EAGER } from './system/run-schedule.js';
import { openStage, type Stage } from './system/stage.js';
import type { Wire } from './system/wire.js';

/** From a process a silent network looks like a server that stands still, so that short runs try the one alone. */
const isLong = loadSeconds(process.env, 0) >= 30;
const LASTS_MAX_MS = 300_000;
/** What the programs give themselves (`STOP_WITHIN_MS`, `DRAIN_TIMEOUT_MS`), and what the guide has them be given. */
const WORKER_WITHIN_MS = 20_000;
const API_WITHIN_MS = 35_000;
const WORKLOADS = 12;
/** Everything that is asked meanwhile meets the trouble. */
const TROUBLED_MS = 1_500;

type Trouble = (stage: Stage) => () => void;

const standsStill =
  (what: (stage: Stage) => { signal(name: 'SIGSTOP' | 'SIGCONT'): void } | null): Trouble =>
  (stage) => {
    what(stage)?.signal('SIGSTOP');
    return () => what(stage)?.signal('SIGCONT');
  };

/** Nothing is heard from Postgres any more, and nobody says that a connection is over. */
const halfOpen: Trouble = ({ all }) => {
  const ways = [...all.networks.values()].map(({ toPostgres }) => toPostgres);
  for (const way of ways) way.swallowsAnswers = true;
  return () => {
    for (const way of ways) {
      way.swallowsAnswers = false;
      way.cut();
    }
  };
};

const hostsStandStill: Trouble = ({ all }) => {
  all.hosts.pause();
  return () => all.hosts.resume();
};

function endsWhile(queues: Datastore, troubles: Readonly<Record<string, Trouble>>): void {
  let stage: Stage;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    stage = await openStage({ apis: 1, workers: 1, queues, worker: EAGER });
  }, LASTS_MAX_MS);
  beforeEach(async () => {
    await Promise.all([...stage.all.apis, ...stage.all.workers].map((program) => program.start()));
  }, LASTS_MAX_MS);
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => stage?.close(), LASTS_MAX_MS);

  /** Work in hand, somebody who listens, and a connection on which nothing is asked. */
  async function occupy(name: string): Promise<void> {
    const { all, callers } = stage;
    const tenant = callers.tenants[0] as Wire;
    const url = all.urls.get(all.apis[0] as never) as string;
    const body = {
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
      resources: { cpuMillis: 100, memoryMiB: 128 },
      simulation: { durationMs: 500, exitCode: 0 },
    };
    const keys = Array.from({ length: WORKLOADS }, (_, nr) => `${name} ${nr}`);
    const answers = await Promise.all(keys.map((key) => tenant.post('/v1/workloads', body, key)));
    const [{ id }] = answers.map((answer) => answer.body as { id: string }) as [{ id: string }];
    const { hostname, port } = new URL(url);
    const [listening, idle] = [connect(Number(port), hostname), connect(Number(port), hostname)];
    const token = await tenant.bearer();
    const follow = `GET /v1/workloads/${id}/events/stream HTTP/1.1`;
    listening.write(`${follow}\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    idle.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    for (const socket of [listening, idle]) socket.on('error', () => {});
    sockets.push(listening, idle);
  }

  it('and well when nothing is wrong, also where they are told so twice', async () => {
    const told = [...stage.all.workers, ...stage.all.apis];
    await occupy('well');
    for (const program of told) program.interrupt();
    await Promise.all(told.map((program) => program.stop()));
    expect(told.map(({ lastExit }) => lastExit?.code)).toEqual(told.map(() => 0));
  });

  const all = Object.entries(troubles);
  it.each(all)('while %s', { timeout: LASTS_MAX_MS }, async (name, trouble) => {
    const { apis, workers } = stage.all;
    await occupy(name);
    const mend = trouble(stage);
    try {
      await sleep(TROUBLED_MS);
      const told = [...workers, ...apis];
      const late = sleep(API_WITHIN_MS + TROUBLED_MS, 'late');
      const first = await Promise.race([Promise.all(told.map((program) => program.stop())), late]);
      expect(first, told.flatMap(({ name, runs }) => (runs ? name : [])).join(', ')).not.toBe(
        'late',
      );
    } finally {
      mend();
      await Promise.all([...workers, ...apis].map((program) => program.kill()));
    }
    for (const worker of workers) expect(worker.lastExit?.tookMs).toBeLessThan(WORKER_WITHIN_MS);
    // Where its leases are in a Postgres that answers, they are given back all the same.
    if (!name.includes('Postgres')) expect(workers.map((one) => one.lastExit?.code)).toEqual([0]);
    for (const api of apis) expect(api.lastExit?.tookMs).toBeLessThan(API_WITHIN_MS);
    if (process.env['TELL'])
      console.log(
        name,
        [...workers, ...apis].map((p) => p.lastExit),
      );
  });
}

describe('a worker and an api that are told to stop end in time, with whatever is in hand,', () =>
  endsWhile('Postgres', {
    'Postgres stands still': standsStill(({ all }) => all.server),
    ...(isLong ? { 'nothing is heard from Postgres': halfOpen } : {}),
    'the hosts stand still': hostsStandStill,
  }));
describeOnRedis(
  'a worker and an api that are told to stop end in time, with queues in Redis,',
  () => endsWhile('Redis', { 'Redis stands still': standsStill(({ all }) => all.redis) }),
);
