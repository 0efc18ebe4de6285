import type { DataSource } from 'typeorm';
import { ConsumerStopped, type ConsumerWaits } from './consumer-options.js';
import type { Lease } from './lease.js';

/** A reason may quote whatever an error says, and a table is no place for more of it. */
export const REASON_LENGTH_MAX = 1_000;

/**
 * Only its owner stores a consumer's trouble, and only while the checkpoint stands before it. That a
 * newer version cannot apply an event says more than that an older one does not know it.
 */
const STORE = `
  INSERT INTO consumers.troubles AS t
         (name, kind, position, event_id, stream, type, reason, may_be_skipped, since, stopped_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp()
   WHERE EXISTS (SELECT 1 FROM consumers.leases l
                  WHERE l.name = $9 AND l.owner = $10 AND l.epoch = $11)
     AND EXISTS (SELECT 1 FROM consumers.checkpoints c WHERE c.name = $1 AND c.position < $3)
  ON CONFLICT (name) DO UPDATE
     SET kind = excluded.kind, position = excluded.position, event_id = excluded.event_id,
         stream = excluded.stream, type = excluded.type, reason = excluded.reason,
         may_be_skipped = excluded.may_be_skipped, stopped_at = excluded.stopped_at,
         since = CASE WHEN t.position = excluded.position AND t.kind = excluded.kind
                      THEN t.since ELSE excluded.since END,
         tries = CASE WHEN t.position = excluded.position AND t.kind = excluded.kind
                      THEN t.tries + 1 ELSE 1 END
   WHERE t.position <> excluded.position OR t.kind = 'waiting' OR excluded.kind = 'stopped'`;

/** Stores what keeps a consumer from going on, for the api to show and for operators to act on. */
export async function storeTrouble(
  dataSource: DataSource,
  trouble: ConsumerStopped | ConsumerWaits,
  owned: { readonly lease: Lease; readonly owner: string; readonly mayBeSkipped: boolean },
): Promise<void> {
  const { lease, owner, mayBeSkipped } = owned;
  const recorded = trouble instanceof ConsumerStopped ? trouble.recorded : null;
  await dataSource.query(STORE, [
    trouble.consumer,
    recorded === null ? 'waiting' : 'stopped',
    trouble.position,
    recorded?.eventId ?? null,
    recorded?.stream ?? null,
    trouble.type,
    trouble.reason.slice(0, REASON_LENGTH_MAX),
    mayBeSkipped,
    lease.name,
    owner,
    lease.epoch,
  ]);
}
