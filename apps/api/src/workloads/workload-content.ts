import type { TenantId, WorkloadId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { z } from 'zod';
import { WorkloadSchema } from './workload.schema.js';

/** The only part of a workload's content. */
const PART = 0;

const Content = z.strictObject({
  command: z.array(z.string()),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
});

/** One workload, read by itself: lists and answers that are kept hold nothing that can be erased. */
export const WorkloadWithContentSchema = WorkloadSchema.extend({
  content: Content.nullable().meta({
    description:
      'What lies beside the log and can be erased. Null once it was, and where nothing was given.',
    examples: [
      { command: ['cmd', '/c', 'report.cmd'], args: [], env: {}, labels: { team: 'harbour' } },
    ],
  }),
}).meta({ id: 'WorkloadWithContent' });

export type WorkloadContentView = z.infer<typeof Content>;

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
