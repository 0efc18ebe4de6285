import type { TcpProxy } from '../../postgres/tcp-proxy.js';
import { type Act, oneOf, type Scene } from './act.js';

/** Of a network that loses answers, one connection after the other ends in time: nobody waits for ever. */
const HALF_OPEN = { min: 300, max: 4_000 };
const SLOW_MS = { min: 20, max: 250 } as const;

function toPostgres({ all }: Scene, nr: number): TcpProxy {
  return oneOf([...all.networks.values()], nr).toPostgres;
}

function toHosts({ all }: Scene, nr: number): TcpProxy {
  const proxies = [...all.networks.values()].flatMap(({ toHosts }) => toHosts ?? []);
  return oneOf(proxies, nr);
}

function toQueues({ all }: Scene, nr: number): TcpProxy {
  const proxies = [...all.networks.values()].flatMap((network) => network.toQueues ?? []);
  return oneOf(proxies, nr);
}

type Choose = typeof toPostgres;

const cut =
  (choose: Choose): Act['run'] =>
  async (scene, _lastsMs, nr) => {
    choose(scene, nr).cut();
    return true;
  };

const slow =
  (choose: Choose): Act['run'] =>
  async (scene, lastsMs, nr) => {
    const proxy = choose(scene, nr);
    proxy.delayMs = SLOW_MS.min + (nr % (SLOW_MS.max - SLOW_MS.min));
    await scene.pause(lastsMs);
    proxy.delayMs = 0;
    return true;
  };

/** What was swallowed is gone: the connections can only be given up. */
const halfOpen =
  (choose: Choose): Act['run'] =>
  async (scene, lastsMs, nr) => {
    const proxy = choose(scene, nr);
    proxy.swallowsAnswers = true;
    await scene.pause(lastsMs);
    proxy.swallowsAnswers = false;
    proxy.cut();
    return true;
  };

const none = { min: 0, max: 0 };
const aWhile = { min: 500, max: 4_000 };

export const actsOnNetworks: readonly Act[] = [
  { name: 'cut a way to Postgres', weight: 3, lastsMs: none, run: cut(toPostgres) },
  { name: 'cut a way to the hosts', weight: 2, lastsMs: none, run: cut(toHosts) },
  { name: 'slow a way to Postgres', weight: 2, lastsMs: aWhile, run: slow(toPostgres) },
  { name: 'slow a way to the hosts', weight: 2, lastsMs: aWhile, run: slow(toHosts) },
  { name: 'half-open a way to Postgres', weight: 2, lastsMs: HALF_OPEN, run: halfOpen(toPostgres) },
  { name: 'half-open a way to the hosts', weight: 2, lastsMs: HALF_OPEN, run: halfOpen(toHosts) },
];

/** Only where the queues are in Redis. */
export const actsOnTheWayToRedis: readonly Act[] = [
  { name: 'cut a way to Redis', weight: 2, lastsMs: none, run: cut(toQueues) },
  { name: 'slow a way to Redis', weight: 1, lastsMs: aWhile, run: slow(toQueues) },
  { name: 'half-open a way to Redis', weight: 2, lastsMs: HALF_OPEN, run: halfOpen(toQueues) },
];
