import type { RecordedEvent } from '@bulkhead/domain';
import { LogWatch } from './log-watch.js';
import { ManyProcesses, type Scale } from './many-processes.js';
import { type Callers, installCallers } from './tenants.js';

const BOOTED_WITHIN_MS = 60_000;

/** An installation that is up, its hosts included, those who speak to it, and its log as it grows. */
export interface Stage {
  readonly all: ManyProcesses;
  readonly callers: Callers;
  readonly watch: LogWatch;
  close(): Promise<void>;
}

/** @param hostTimeScale divides the times of starts and stops on every host */
export async function openStage(scale: Scale, hostTimeScale?: number): Promise<Stage> {
  const all = await ManyProcesses.start(scale);
  const watch = new LogWatch(all.database.workerUrl);
  const close = async () => {
    await watch.close();
    await all.remove();
  };
  try {
    const callers = await installCallers(all, hostTimeScale);
    const isBooted = (events: readonly RecordedEvent[]) =>
      events.filter(({ event }) => event.type === 'HostBooted').length === callers.hosts.length;
    if (!(await watch.until(isBooted, BOOTED_WITHIN_MS))) throw new Error('hosts do not boot');
    return { all, callers, watch, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The events of one stream, as far as the watch has come. */
export function historyOf({ watch }: Stage, stream: string): RecordedEvent[] {
  return watch.events.filter((recorded) => recorded.stream === stream);
}

/** Reads the log until the stream has an event of that type. @throws Error where it does not come in time */
export async function untilEvent(
  stage: Stage,
  stream: string,
  type: string,
  withinMs = 30_000,
): Promise<RecordedEvent> {
  const find = () => historyOf(stage, stream).find(({ event }) => event.type === type);
  await stage.watch.until(() => find() !== undefined, withinMs);
  const found = find();
  if (found !== undefined) return found;
  const types = historyOf(stage, stream).map(({ event }) => event.type);
  throw new Error(`${stream} has no ${type} but ${types.join(', ')}`);
}
