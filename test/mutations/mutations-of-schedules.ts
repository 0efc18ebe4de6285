import { type Mutation, plant } from './mutation.js';

const settle = 'schedule/settle.ts';
const state = 'schedule/state.ts';
const table = 'schedule/schedule-table.ts';

/** Planned times that are fired twice, never, or where they must not be. */
export const mutationsOfSchedules: readonly Mutation[] = [
  plant(
    'fires a planned time again',
    settle,
    '(atMs) => atMs > state.settledUntilMs && atMs <= nowMs',
    '(atMs) => atMs <= nowMs',
  ),
  plant(
    'fires what is planned before it has come',
    settle,
    '(atMs) => atMs > state.settledUntilMs && atMs <= nowMs',
    '(atMs) => atMs > state.settledUntilMs',
  ),
  plant(
    'makes up for everything that came during an outage',
    settle,
    'late.length - state.timing.catchUpLimit',
    'late.length - late.length',
  ),
  plant('gives up what came in time', settle, 'nowMs - atMs > LATE_AFTER_MS', 'nowMs - atMs >= 0'),
  plant(
    'lets the runs of a schedule overlap that skips them',
    settle,
    "timing.overlap === 'skip' && openBatchId !== null",
    "timing.overlap === 'skip' && openBatchId === ''",
  ),
  plant(
    'lets an earlier run go on that a later one replaces',
    settle,
    "timing.overlap === 'replace' ? openBatches : []",
    "timing.overlap === 'allow' ? openBatches : []",
  ),
  plant('fires beyond a quota', settle, 'if (hindrance !== null) return', 'if (nowMs < 0) return'),
  plant(
    'records every planned time of a suspension',
    settle,
    'state.runs[0]?.cause === hindrance.cause',
    'state.runs.length < 0',
  ),
  plant(
    'makes up for what was planned while it was paused',
    state,
    "status: 'active', pause: null, settledUntilMs: atMs }, atMs)",
    "status: 'active', pause: null }, atMs)",
  ),
  plant(
    'fires once more at times that a change has moved away',
    state,
    'const settledUntilMs = isMoved ? occurredAtMs : state.settledUntilMs;',
    'const settledUntilMs = state.settledUntilMs;',
  ),
  plant(
    'fires a schedule that is paused',
    table,
    "settle: { absent: 'nothing', active: 'decide', paused: 'nothing', deleted: 'nothing' }",
    "settle: { absent: 'nothing', active: 'decide', paused: 'decide', deleted: 'nothing' }",
  ),
];
