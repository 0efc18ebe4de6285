import type { TenantId, WorkloadEvent, WorkloadId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { z } from 'zod';
import { timeText } from '../sources.js';
import { WorkloadSchema } from './workload.schema.js';

/** The only part of a workload's content. */
const PART = 0;

const Content = z.strictObject({
  command: z.array(z.string()),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
});

const Cancelled = z.strictObject({ since: z.string(), reason: z.string().nullable() });

/**
 * One workload, of which its own history was looked at: lists and answers that are kept come from states, which
 * know only that it was cancelled.
 */
export const WorkloadWithCancellationSchema = WorkloadSchema.extend({
  cancelled: Cancelled.nullable().meta({
    description:
      'When it was cancelled, by its tenant or with its batch, and why; null where it was not.',
    examples: [{ since: '2026-11-21T10:43:00.000Z', reason: 'no longer needed' }],
  }),
}).meta({ id: 'WorkloadWithCancellation' });

/** One workload, read by itself: lists and answers that are kept hold nothing that can be erased. */
export const WorkloadWithContentSchema = WorkloadWithCancellationSchema.extend({
  content: Content.nullable().meta({
    description:
      'What lies beside the log and can be erased. Null once it was, and where nothing was given.',
    examples: [
      { command: ['cmd', '/c', 'report.cmd'], args: [], env: {}, labels: { team: 'harbour' } },
    ],
  }),
}).meta({ id: 'WorkloadWithContent' });

export type WorkloadWithCancellation = z.infer<typeof WorkloadWithCancellationSchema>;
export type WorkloadWithContent = z.infer<typeof WorkloadWithContentSchema>;
export type WorkloadContentView = z.infer<typeof Content>;

/** What these of its events say of its cancellation; null where none of them asks for one. */
export function cancelledView(events: readonly WorkloadEvent[]): z.infer<typeof Cancelled> | null {
  for (const event of events) {
    if (event.type !== 'WorkloadCancelRequested') continue;
    return { since: timeText(event.occurredAtMs), reason: event.payload.reason };
  }
  return null;
}

/** What a tenant gave its workload to run, and calls it; null where nothing is there. */
export async function readWorkloadContent(
  log: Pick<EventLog, 'readContent'>,
  tenantId: TenantId,
  workloadId: WorkloadId,
): Promise<WorkloadContentView | null> {
  const stored = (await log.readContent(
    tenantId,
    workloadId,
    PART,
  )) as Partial<WorkloadContentView> | null;
  if (stored === null) return null;
  const { command = [], args = [], env = {}, labels = {} } = stored;
  return { command, args, env, labels };
}
