import type { UuidSource } from '@bulkhead/domain';
import type pg from 'pg';
import { appendAlone, isLoneEvent } from './append-alone.js';
import { appendFailure, connectFailure } from './append-failure.js';
import type { Outcome } from './append-queue.js';
import { type Dropped, dropReason } from './drop-reason.js';
import type { EncodedAppend } from './encode-append.js';
import { groupColumns } from './group-columns.js';
import { PreparedCall } from './prepared-call.js';

const PARAMETERS = Array.from({ length: 26 }, (_, index) => `$${index + 1}`).join(', ');
const APPEND = `SELECT log.append(${PARAMETERS})`;

/** The position before the first event, when all were recorded, and the members left out, if any, as JSON. */
const ANSWER = /^(\d+) (\d+)(?: (.*))?$/s;

/**
 * Appends a group in one transaction and, except where a lone event meets a conflict, in one round trip. Each member goes in whole or not at all.
 * @throws LogUnavailable where Postgres takes no appends now, AppendOutcomeUnknown where the connection
 *   was lost on the way; else what Postgres refused, and then nothing was recorded
 */
export async function appendGroup(
  pool: pg.Pool,
  group: readonly EncodedAppend[],
  newEventId: UuidSource,
  wakesConsumers = false,
): Promise<readonly Outcome[]> {
  const client = await pool.connect().catch((error: unknown) => {
    throw connectFailure(error);
  });
  let unusable = false;
  try {
    const [first] = group;
    if (group.length === 1 && first !== undefined && isLoneEvent(first)) {
      const answer = await appendAlone(client, first, newEventId, wakesConsumers);
      if (answer !== null) return outcomes(group, answer);
    }
    const values = [...groupColumns(group, newEventId), wakesConsumers ? 'true' : null];
    const answer = await PreparedCall.run(client, 'log-append', APPEND, values);
    return outcomes(group, answer ?? '');
  } catch (error) {
    const failure = await appendFailure(error, client);
    unusable = failure.unusable;
    throw failure.error;
  } finally {
    client.release(unusable);
  }
}

/** Positions after `base` belong, in order, to the members that were not dropped. */
function outcomes(group: readonly EncodedAppend[], answer: string): readonly Outcome[] {
  const parts = ANSWER.exec(answer);
  if (parts === null) throw new Error(`log.append gave no answer that is known here: ${answer}`);
  const [, base, recordedMs, droppedJson = '[]'] = parts;
  const recordedAtMs = Number(recordedMs);
  const reasons = new Map<number, Error>();
  for (const dropped of JSON.parse(droppedJson) as Dropped[]) {
    const member = group[dropped.member - 1];
    // Reasons come worst first, and the first one is what the caller is told.
    if (member !== undefined && !reasons.has(dropped.member)) {
      reasons.set(dropped.member, dropReason(member.append, dropped));
    }
  }
  let position = Number(base);
  return group.map((member, index) => {
    const reason = reasons.get(index + 1);
    if (reason !== undefined) return reason;
    const firstPosition = position + 1;
    position += member.eventCount;
    return { firstPosition, lastPosition: position, recordedAtMs };
  });
}
