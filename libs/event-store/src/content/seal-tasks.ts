import type { BatchId, TenantId } from '@bulkhead/domain';
import type { ContentRow } from '../log/event-log.js';
import { type NextTurn, Slices } from '../slices/slices.js';
import { CONTENT_PARTS } from './content-parts.js';
import {
  contentRows,
  type RandomBytes,
  type SealedFacts,
  sealContent,
  sealedFacts,
} from './seal-content.js';

export interface TasksToSeal {
  readonly tenantId: TenantId;
  readonly batchId: BatchId;
  readonly name: Readonly<Record<string, unknown>>;
  readonly count: number;
  readonly contentOf: (index: number) => Readonly<Record<string, unknown>>;
}

export interface SealedTasks {
  /** Of the name and of every task that has content. */
  readonly rows: readonly ContentRow[];
  readonly nameSha256: string;
  /** By index, what the batch's events say of each task's. */
  readonly facts: readonly SealedFacts[];
}

/** Seals a batch's name and the contents of its tasks, in slices: ten thousand of them take the better part of a second. */
export async function sealTasks(
  { tenantId, batchId, name, count, contentOf }: TasksToSeal,
  randomBytes: RandomBytes,
  nextTurn: NextTurn,
): Promise<SealedTasks> {
  const parts = CONTENT_PARTS.batch;
  // Of many that begin at the same time, each has its first slice in a turn of its own.
  await nextTurn();
  const sealedName = sealContent(name, randomBytes);
  const rows: ContentRow[] = [...contentRows(tenantId, batchId, parts.name, sealedName)];
  const facts: SealedFacts[] = [];
  const slices = new Slices(nextTurn);
  for (let index = 0; index < count; index += 1) {
    const content = sealContent(contentOf(index), randomBytes);
    rows.push(...contentRows(tenantId, batchId, parts.task(index), content));
    facts.push(sealedFacts(content));
    await slices.did(content.byteCount);
  }
  return { rows, nameSha256: sealedName.sha256, facts };
}
