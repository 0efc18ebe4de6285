import { z } from 'zod';
import { ExplainedDecision } from '../../workloads/explanation.schema.js';
import { DecisionSchema } from '../../workloads/workload.schema.js';

/** So many decisions of one workload are told, the newest: it has at most a few for each attempt. */
export const DECISIONS_TOLD_MAX = 200;

const Difference = z
  .strictObject({ part: z.string(), recorded: z.unknown(), again: z.unknown() })
  .meta({ id: 'DecisionDifference', description: 'A part of the answer that came out otherwise.' });

const DecidedAgain = z
  .strictObject({
    same: z.boolean().meta({ description: 'Whether nothing at all came out otherwise.' }),
    differences: z.array(Difference),
  })
  .meta({
    id: 'DecidedAgain',
    description: 'The decision made anew, by the rules of this process, from what was recorded.',
  });

const AuditDecision = z
  .strictObject({
    position: z.int().meta({ description: 'Of the event that holds it.' }),
    recordedAt: z.string(),
    event: z.enum(['IsolationDecided', 'WorkloadRejected']),
    attempt: z.int().nullable().meta({
      description: '0: the floor decided at submission. Null of a refusal.',
    }),
    hostId: z.string().nullable().meta({ description: 'The host that it was decided for.' }),
    decision: ExplainedDecision.nullable().meta({
      description: 'Null of a refusal from before it was recorded what refusals are decided from.',
    }),
    inputs: z.record(z.string(), z.unknown()).nullable().meta({
      description: 'Everything that the decision looked at.',
    }),
    alternatives: DecisionSchema.shape.alternatives,
    decidedAgain: DecidedAgain.nullable(),
    notDecidedAgainBecause: z.string().nullable(),
  })
  .meta({ id: 'AuditDecision' });

/** All isolation decisions of a workload, as the log holds them and as they come out today. */
export const AuditDecisionsSchema = z
  .strictObject({
    workloadId: z.string(),
    tenantId: z.string(),
    decisionsTotal: z.int(),
    decisions: z.array(AuditDecision).meta({
      description: `In the order of the log; of more than ${DECISIONS_TOLD_MAX} the newest.`,
    }),
    same: z.boolean().meta({
      description: 'Whether every decision told here was made again and came out the same.',
    }),
  })
  .meta({
    id: 'AuditDecisions',
    description: 'How strong a wall was decided for a workload, by which rules, from what.',
  });

export type AuditDecisionsView = z.infer<typeof AuditDecisionsSchema>;
export type AuditDecisionView = z.infer<typeof AuditDecision>;
