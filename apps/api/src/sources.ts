import type { TimeMs } from '@bulkhead/domain';

/** What handlers get by injection; only module files choose what stands behind it. */
export const EVENT_LOG = Symbol('EventLog');
export const CLOCK = Symbol('Clock');
export const NEW_UUID = Symbol('UuidSource');
export const RANDOM_BYTES = Symbol('RandomBytes');
export const SETTINGS = Symbol('Settings');
export const API_POOL = Symbol('ApiPool');
export const TOLD_QUEUES = Symbol('ToldQueues');

export type { NextTurn, RandomBytes } from '@bulkhead/event-store';

export const NEXT_TURN = Symbol('NextTurn');

/** Waiting, as a parameter. The answer of `after` cancels it; cancelling late is harmless. */
export interface Timers {
  after(delayMs: number, run: () => void): () => void;
}

/** Waiting of what serves every route. */
export const TIMERS = Symbol('Timers');

/** RFC 3339 in UTC with milliseconds, as every answer spells a time. */
export function timeText(timeMs: TimeMs): string {
  return new Date(timeMs).toISOString();
}
