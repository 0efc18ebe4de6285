import { chanceFrom } from '../load/chance.js';
import type { Act } from './act.js';
import { APPENDS_WAITING_MAX, Crowd } from './crowd.js';
import type { Datastore } from './datastore.js';
import { judge, settle } from './judge.js';
import { carryOutLoad, drawLoad, nothingAccepted } from './load.js';
import { LogWatch } from './log-watch.js';
import { ManyProcesses } from './many-processes.js';
import { Phases } from './phases.js';
import {
  actsWith,
  drawSchedule,
  eachOnce,
  type PlannedAct,
  Troubles,
  tellSchedule,
} from './schedule.js';
import { type Callers, installCallers } from './tenants.js';
import { endedWithin } from './whereabouts.js';

/** How far the clocks of processes may be off, either way. */
const SKEW_MAX_MS = 3_000;
/** About how long each act of a roll call takes, so that the load lasts as long. */
const CALLED_UP_MS = 1_000;
/** Beside the troubles; whatever has not ended by then is told, instead of a test that only runs out of time. */
const ENDED_WITHIN_MS = 400_000;
/** Shorter than the usual ones, so that a schedule of some seconds sees hosts lost and jobs issued anew. */
export const EAGER = {
  HOST_LEASE_TTL_MS: '5000',
  HOST_LOST_AFTER_MS: '3000',
  RECONCILE_EVERY_MS: '4000',
  REISSUE_AFTER_MS: '4000',
  CANCEL_GRACE_MS: '2000',
  LOG_LEVEL: 'info',
};

export interface Setting {
  readonly seed: number;
  readonly seconds: number;
  readonly workloads: number;
  /** Where the queues are; in Postgres where it is left out. */
  readonly queues?: Datastore;
  readonly programs?: string;
  readonly acts?: readonly Act[];
  /** Carried out once each and one after the other, before what the seed draws. */
  readonly rollCall?: readonly Act[];
}

export interface Outcome {
  readonly wrong: readonly string[];
  readonly schedule: string;
  /** Workloads that were accepted, those of batches and of crowds included. */
  readonly workloads: number;
  readonly events: number;
  readonly failedTries: number;
  /** By act, how often it happened. */
  readonly acts: Readonly<Record<string, number>>;
  /** How long each part took: coming up, the troubles, coming to rest, the judgement. */
  readonly phases: Readonly<Record<string, number>>;
}

/** What a seed decides before anything runs. */
export function planOf(setting: Setting) {
  const { seed, seconds, workloads, queues = 'Postgres', acts = actsWith(queues) } = setting;
  const chance = chanceFrom(seed);
  const totalMs = seconds * 1_000;
  const { rollCall = [] } = setting;
  const lastsMs = (totalMs + rollCall.length * CALLED_UP_MS) * 0.9;
  const load = drawLoad(chance, chanceFrom(-seed), workloads, lastsMs);
  const calledUp = eachOnce(chance, rollCall);
  const planned = drawSchedule(chance, totalMs, acts);
  return { load, calledUp, planned, skewMs: () => Math.round((chance() * 2 - 1) * SKEW_MAX_MS) };
}

/** One schedule from its seed: processes, load and troubles, and then what is wrong, if anything. */
export async function runSchedule(setting: Setting): Promise<Outcome> {
  const phases = new Phases();
  const { load, calledUp, planned, skewMs } = planOf(setting);
  const { queues = 'Postgres', programs } = setting;
  const all = await ManyProcesses.start({
    apis: 2,
    workers: 3,
    skewMs,
    queues,
    worker: EAGER,
    api: { APPENDS_WAITING_MAX: `${APPENDS_WAITING_MAX}` },
    ...(programs === undefined ? {} : { programs }),
  });
  all.keep = process.env['CHAOS_KEEP'] !== undefined;
  const watch = new LogWatch(all.database.workerUrl);
  const begun: { troubles?: Troubles } = {};
  const carriedOut = async (): Promise<Outcome> => {
    const callers = await installCallers(all);
    phases.ended('comingUp');
    const accepted = nothingAccepted();
    const crowd = new Crowd(callers.tenants, accepted);
    const troubles = new Troubles(all, (api) => crowd.arriveAt(all.urls.get(api) as string));
    begun.troubles = troubles;
    const troubled = troubles.carryOut(calledUp, planned);
    await Promise.all([carryOutLoad(load, callers, accepted), troubled]);
    phases.ended('troubles');
    const facts = { all, callers, accepted, watch };
    const unsettled = await settle(facts);
    phases.ended('comingToRest');
    const wrong = [...troubles.failed, ...unsettled, ...(await judge(facts))];
    phases.ended('judgement');
    const { happened: acts } = troubles;
    return { wrong, acts, ...counted(planned, callers, watch), phases: phases.tookMs };
  };
  try {
    const surroundings = { all, watch, phases, troubles: () => begun.troubles ?? null };
    const withinMs = setting.seconds * 1_000 + ENDED_WITHIN_MS;
    return await endedWithin(withinMs, surroundings, carriedOut());
  } finally {
    await begun.troubles?.end();
    await watch.close();
    await all.remove();
  }
}

function counted(planned: readonly PlannedAct[], callers: Callers, { events }: LogWatch) {
  const { operator, auditor, tenants } = callers;
  return {
    schedule: tellSchedule(planned),
    workloads: events.filter(({ event }) => event.type === 'WorkloadSubmitted').length,
    events: events.length,
    failedTries: [operator, auditor, ...tenants].flatMap((wire) => wire.failedTries).length,
  };
}
