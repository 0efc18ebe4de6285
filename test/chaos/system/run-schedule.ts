import { chanceFrom } from '../load/chance.js';
import type { Act } from './act.js';
import { judge, settle } from './judge.js';
import { carryOutLoad, drawLoad } from './load.js';
import { LogWatch } from './log-watch.js';
import { ManyProcesses } from './many-processes.js';
import { drawSchedule, everyAct, everyActWithRedis, Troubles, tellSchedule } from './schedule.js';
import { installCallers } from './tenants.js';

/** How far the clocks of processes may be off, either way. */
const SKEW_MAX_MS = 3_000;
/** Shorter than the usual ones, so that a schedule of some seconds sees hosts lost and jobs issued anew. */
export const EAGER = {
  HOST_LEASE_TTL_MS: '5000',
  HOST_LOST_AFTER_MS: '3000',
  RECONCILE_EVERY_MS: '4000',
  REISSUE_AFTER_MS: '4000',
  LOG_LEVEL: 'info',
};

export interface Setting {
  readonly seed: number;
  readonly seconds: number;
  readonly workloads: number;
  /** Whether the queues are in Redis. */
  readonly redis?: boolean;
  readonly programs?: string;
  readonly acts?: readonly Act[];
}

export interface Outcome {
  readonly wrong: readonly string[];
  readonly schedule: string;
  readonly events: number;
  readonly failedTries: number;
  /** How long each part took: coming up, the troubles, coming to rest, the judgement. */
  readonly phases: Readonly<Record<string, number>>;
}

/** One schedule from its seed: processes, load and troubles, and then what is wrong, if anything. */
export async function runSchedule(setting: Setting): Promise<Outcome> {
  const phases: Record<string, number> = {};
  let sinceMs = performance.now();
  const ended = (phase: string) => {
    const nowMs = performance.now();
    phases[`${phase}Ms`] = Math.round(nowMs - sinceMs);
    sinceMs = nowMs;
  };
  const { seed, seconds, workloads, redis = false } = setting;
  const chance = chanceFrom(seed);
  const totalMs = seconds * 1_000;
  const load = drawLoad(chance, workloads, totalMs * 0.9);
  const planned = drawSchedule(
    chance,
    totalMs,
    setting.acts ?? (redis ? everyActWithRedis : everyAct),
  );
  const skewMs = () => Math.round((chance() * 2 - 1) * SKEW_MAX_MS);
  const all = await ManyProcesses.start({
    apis: 2,
    workers: 3,
    skewMs,
    redis,
    worker: EAGER,
    ...(setting.programs === undefined ? {} : { programs: setting.programs }),
  });
  const watch = new LogWatch(all.database.workerUrl);
  try {
    const callers = await installCallers(all);
    ended('comingUp');
    const troubles = new Troubles(all);
    const [accepted] = await Promise.all([carryOutLoad(load, callers), troubles.carryOut(planned)]);
    ended('troubles');
    const facts = { all, callers, accepted, watch };
    const unsettled = await settle(facts);
    ended('comingToRest');
    const wrong = [...unsettled, ...(await judge(facts))];
    ended('judgement');
    await troubles.end();
    const { operator, auditor, tenants } = callers;
    const failedTries = [operator, auditor, ...tenants].flatMap((wire) => wire.failedTries).length;
    const told = { schedule: tellSchedule(planned), events: watch.events.length, failedTries };
    if (process.env['CHAOS_KEEP'] !== undefined) all.keep = true;
    return { wrong, ...told, phases };
  } finally {
    await watch.close();
    await all.remove();
  }
}
