import type { Act } from './act.js';
import { pointed, type Stage } from './stage.js';

/** A process dies at one of so many steps from now: the next message it sends, or a later one. */
const STEPS_MAX = 60;
/** A process that is stopped and goes on: long enough to lose every lease, or a moment. */
const PAUSES_MS = [200, 2_000, 6_000, 20_000, 45_000] as const;

export const actsOnProcesses: readonly Act[] = [
  { name: 'crash-worker', weight: 4, play: crashWorker },
  { name: 'pause-worker', weight: 3, play: pauseWorker },
  { name: 'stop-worker', weight: 1, play: stopWorker },
  { name: 'crash-api', weight: 2, play: crashApi },
  { name: 'cut-log', weight: 1, play: cutLog },
  { name: 'lose-queue', weight: 1, play: loseQueue },
];

function crashWorker(stage: Stage, who: number, what: number): void {
  const worker = pointed(stage.world.slots.liveWorkers(), who);
  worker?.life.dieAfter(1 + (what % STEPS_MAX));
}

function pauseWorker(stage: Stage, who: number, what: number): void {
  const { parts, slots } = stage.world;
  const worker = pointed(slots.liveWorkers(), who);
  if (worker === null) return;
  const ms = pointed(PAUSES_MS, what) ?? 0;
  parts.tell(() => `${worker.life.name} stands still for ${ms} ms`);
  worker.life.pause();
  parts.time.after(ms, () => {
    parts.tell(() => `${worker.life.name} goes on`);
    worker.life.resume();
  });
}

export function stopWorker(stage: Stage, who: number): void {
  const { parts, slots } = stage.world;
  const worker = pointed(slots.liveWorkers(), who);
  if (worker === null) return;
  parts.tell(() => `${worker.life.name} is asked to end`);
  void worker.stop();
  // Its supervisor does not wait for ever.
  parts.time.after(STOP_WITHIN_MS, () => worker.life.die());
}

const STOP_WITHIN_MS = 15_000;

function crashApi(stage: Stage, who: number, what: number): void {
  const api = pointed(stage.world.slots.apis, who)?.life;
  api?.life.dieAfter(1 + (what % 8));
}

function cutLog(stage: Stage, who: number, what: number): void {
  const { parts, slots } = stage.world;
  const worker = pointed(slots.liveWorkers(), who);
  if (worker === null) return;
  const link = parts.connections.toLog(worker.life.name);
  parts.tell(() => `${worker.life.name} is cut off from the log`);
  link.isCut = true;
  parts.time.after(pointed(PAUSES_MS, what) ?? 0, () => {
    link.isCut = false;
  });
}

function loseQueue({ world: { parts } }: Stage): void {
  parts.tell(() => 'the queue is emptied');
  parts.queue.lose();
}
