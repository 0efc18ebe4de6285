import type { RecordedEvent, TimeMs } from '@bulkhead/domain';
import { actNamed } from './acts/acts.js';
import { Stage } from './acts/stage.js';
import { Judge } from './checkers/judge.js';
import { unsettled } from './checkers/settled.js';
import { deleteSchedules, liftEverything, mend, openBatches } from './heal.js';
import type { Plan } from './plan/plan.js';
import { ratesOf } from './plan/rates.js';
import { setUp } from './set-up.js';
import { BEGIN_MS, World } from './world/world.js';

/** Hosts boot, workers start, and everybody is registered in that time. */
const SET_UP_MS = 5_000;
/** What was on its way when the faults ended has arrived, or was given up. */
const CALM_DOWN_MS = 20_000;
/** From the end of all faults, everything must have ended in that time. */
export const SETTLE_MS = 15 * 60_000;
/** A planned time comes meanwhile, and those that were held up are settled. */
const SCHEDULES_SETTLE_MS = 90_000;
/** How often it is looked whether the world has come to rest. */
const LOOK_MS = 1_000;

export interface Simulated {
  /** Begins with the name of what was broken and a colon; null where all is well. */
  readonly failure: string | null;
  /** How much time had passed when it ended. */
  readonly passedMs: TimeMs;
  readonly events: number;
  /** Calls of virtual time. */
  readonly steps: number;
  /** Workloads that came to their end. */
  readonly ended: number;
  readonly logHash: string;
  readonly eventsByType: Readonly<Record<string, number>>;
}

export type Tell = (atMs: TimeMs, line: () => string) => void;

/** Plays a plan from its first step until everything has ended, or until something is wrong. */
export async function simulate(plan: Plan, tell: Tell = () => {}): Promise<Simulated> {
  const world = new World(`${plan.seed}`, plan);
  const stage = new Stage(world);
  const isCalm = isPrompt(plan);
  const judge = new Judge(world, { isCalm, tell: (atMs, line) => tell(atMs - BEGIN_MS, line) });
  world.lookAt(judge);
  await play(stage, plan);
  await settle(stage, judge);
  const events = await eventsOf(world);
  const failure = world.trouble ?? (await lastWords(stage, judge, events));
  const eventsByType: Record<string, number> = {};
  for (const { event } of events) eventsByType[event.type] = (eventsByType[event.type] ?? 0) + 1;
  return {
    failure,
    passedMs: world.time.clock() - BEGIN_MS,
    events: events.length,
    steps: world.time.calls,
    ended: judge.tally.ended,
    logHash: await world.logHash(),
    eventsByType,
  };
}

/** Whether everything must be in time: nothing goes wrong, and no only worker is away for longer than evictions may take. */
function isPrompt({ faults, workers, acts }: Plan): boolean {
  const mayBeAway = acts.some(({ act }) => act === 'pause-worker' || act === 'cut-log');
  return faults.length === 0 && (workers > 1 || !mayBeAway);
}

async function play(stage: Stage, plan: Plan): Promise<void> {
  const { world } = stage;
  world.slots.startAll();
  await setUp(stage, plan);
  await world.run(SET_UP_MS);
  const rates = ratesOf(plan);
  world.parts.connections.rates = rates.world;
  world.people.link.rates = rates.world.toApi;
  world.parts.queue.rates = rates.queue;
  for (const { atMs, act, who, what } of plan.acts) {
    world.time.after(atMs, () => actNamed(act).play(stage, who, what));
  }
  await world.run(plan.actingMs);
}

/** Everything is mended, and then there is nothing left that could keep a workload from its end. */
async function settle(stage: Stage, judge: Judge): Promise<void> {
  const { world } = stage;
  if (world.trouble !== null) return;
  mend(stage);
  // What was asked before comes to its end first, so that nothing is taken back that comes again.
  await world.run(CALM_DOWN_MS);
  liftEverything(stage);
  await settleSchedules(stage, judge);
  let what: string | null = null;
  for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += LOOK_MS) {
    await world.run(LOOK_MS);
    // A batch may have been fired just now, whose tasks are no workloads yet.
    what = unsettled(stage, judge) ?? openBatchIn(await eventsOf(world));
    if (what === null || world.trouble !== null) return;
  }
  world.parts.trouble(`everything-ends: ${what}`);
}

/** Whatever went wrong before, every planned time is settled by now. */
async function settleSchedules(stage: Stage, judge: Judge): Promise<void> {
  if (judge.schedules.living().length === 0) return;
  const { world } = stage;
  await world.run(SCHEDULES_SETTLE_MS);
  const overdue = judge.schedules.overdue(world.time.clock());
  if (overdue !== null) world.parts.trouble(overdue);
  deleteSchedules(stage, judge.schedules.living());
}

function openBatchIn(events: readonly RecordedEvent[]): string | null {
  const [open] = openBatches(events);
  return open === undefined ? null : `${open} has not ended`;
}

async function lastWords(
  stage: Stage,
  judge: Judge,
  events: readonly RecordedEvent[],
): Promise<string | null> {
  for (const worker of stage.world.slots.liveWorkers()) {
    const differs = judge.live.differsAtAll(worker);
    if (differs !== null) return differs;
  }
  const open = openBatchIn(events);
  if (open !== null) return `everything-ends: ${open}`;
  const streams = new Set(events.map(({ stream }) => stream));
  for (const stream of stage.answered) {
    if (!streams.has(stream)) return `never-lost: ${stream} was answered and is not in the log`;
  }
  return judge.atTheEnd();
}

async function eventsOf(world: World): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of world.parts.log.streamAll({ afterPosition: 0 })) {
    events.push(...batch.events);
  }
  return events;
}
