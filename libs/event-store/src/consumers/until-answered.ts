import { consumerStream } from '@bulkhead/domain';
import { UnknownStoredEvent } from '../log/event-log.js';
import { loadCheckpoint } from './checkpoint.js';
import type { ConsumerOptions } from './consumer-options.js';
import { backoffMs, pause } from './pause.js';

/** How often a stopped consumer looks whether an operator has answered. */
const ANSWER_POLL_MS = 500;

/**
 * Ends when an operator has said what to do about the event at `position`, when another process has come
 * past it, or with the signal.
 */
export async function untilAnswered(
  { log, dataSource, logger, name, timers }: ConsumerOptions,
  position: number,
  actsSeen: number,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    await pause(failures === 0 ? ANSWER_POLL_MS : backoffMs(failures), signal, timers);
    if (signal.aborted) return;
    try {
      const acts = await log.readStream(null, consumerStream(name), actsSeen);
      if (acts.length > 0 || (await loadCheckpoint(dataSource, name)) >= position) return;
      failures = 0;
    } catch (error) {
      // What an operator said may be known to newer versions only; the next try will tell.
      if (error instanceof UnknownStoredEvent) return;
      failures += 1;
      logger.warn({ consumer: name, err: error, failures }, 'stopped consumer cannot look');
    }
  }
}
