import { retryCauses, usualRetryCauses } from '@bulkhead/domain';
import { z } from 'zod';
import { Resources } from './submission.schema.js';

const isolation = z.enum(['process', 'hyperv']).meta({
  description: 'process: a silo on a shared kernel. hyperv: a utility VM with a kernel of its own.',
});
const at = z.string().meta({ description: 'RFC 3339, UTC, with milliseconds.' });

export const WORKLOAD_STATUSES = [
  'submitted',
  'waiting',
  'placed',
  'starting',
  'running',
  'unknown',
  'retrying',
  'succeeded',
  'failed',
  'cancelled',
  'timed-out',
  'rejected',
] as const;

const Reason = z
  .strictObject({ rule: z.string(), effect: z.enum(['refuse', 'hyperv']), because: z.string() })
  .meta({ id: 'Reason', description: 'A rule that fired, and why.' });

export const DecisionSchema = z
  .strictObject({
    isolation,
    boundary: z.string().meta({ description: 'Only tenants of this boundary share its kernels.' }),
    reasons: z.array(Reason),
    silenced: z.array(Reason).meta({
      description: 'What rules would have demanded that policy has switched off.',
    }),
    warnings: z.array(z.strictObject({ code: z.string(), because: z.string() })),
    policyVersion: z.int(),
    alternatives: z.array(z.strictObject({ isolation, turnedDownBy: z.array(z.string()) })),
  })
  .meta({ id: 'Decision', description: 'How strong the wall is, and why.' });

const placement = {
  attempt: z.int(),
  hostId: z.string().meta({ description: 'A pseudonym, stable for this tenant.' }),
  kernelInstanceId: z.string().meta({ description: 'A pseudonym, stable for this tenant.' }),
  computeSystemId: z.string(),
  isolation,
  placedAt: at,
};

const Timing = z
  .strictObject({
    stage: z.enum(['image-pull', 'utility-vm-boot', 'create', 'network-attach', 'start']),
    path: z.enum(['cold', 'cloned', 'claimed']).nullable(),
    startedAt: at,
    finishedAt: at,
    durationMs: z.number(),
  })
  .meta({ id: 'StageTiming' });

export const AttemptSchema = z
  .strictObject({
    ...placement,
    stage: z.enum([
      'placed',
      'authorized',
      'started',
      'start-failed',
      'exited',
      'lost',
      'released',
    ]),
    startedAt: at.nullable(),
    exitedAt: at.nullable(),
    exitCode: z.int().nullable(),
    exitType: z.string().nullable(),
    startFailure: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
    loss: z.string().nullable(),
    eviction: z.string().nullable(),
    deadlineExceeded: z.boolean(),
    failure: z.strictObject({ cause: z.string(), counted: z.boolean() }).nullable(),
    timings: z.array(Timing),
  })
  .meta({ id: 'Attempt' });

export const WorkloadSchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(WORKLOAD_STATUSES),
    image: z.string(),
    requested: z.strictObject({
      isolation: z.enum(['default', 'process', 'hyperv']),
      strict: z.boolean(),
      user: z.string().nullable(),
      capabilities: z.array(z.string()),
      hostAccess: z.array(z.string()),
      hostSelector: z.record(z.string(), z.string()),
      spread: z.enum(['preferred', 'required']),
    }),
    resources: Resources,
    restartPolicy: z.strictObject({
      maxAttempts: z.int(),
      backoffSeconds: z.int(),
      retryOn: z.array(z.enum(retryCauses)),
      finalExitCodes: z.array(z.int()),
    }),
    timeoutSeconds: z.int().nullable(),
    priority: z.int(),
    batch: z.strictObject({ id: z.string(), index: z.int() }).nullable(),
    decision: DecisionSchema.nullable(),
    refusal: z
      .strictObject({
        code: z.enum(['ISOLATION_REFUSED', 'UNPLACEABLE']),
        reasons: z.array(Reason),
      })
      .nullable(),
    waitingFor: z.array(z.string()).meta({
      description:
        'Why it waits. Its tenant is told `tenant-suspended`, `quota` and `open-advisory`, and `capacity` for all else; auditors every cause.',
    }),
    nextAttemptAt: at.nullable().meta({
      description: 'While it is retrying: when the next attempt may be placed at the earliest.',
    }),
    cancelRequested: z.boolean(),
    placement: z.strictObject(placement).nullable(),
    attempts: z.array(AttemptSchema).meta({ description: 'The newest 21, oldest first.' }),
    submittedAt: at,
    endedAt: at.nullable(),
    exitCode: z.int().nullable(),
  })
  .meta({ id: 'Workload', examples: [workloadExample()] });

/** An event of a workload as its tenant sees it: no position, and pseudonyms instead of platform ids. */
export const WorkloadEventSchema = z
  .strictObject({
    id: z.int().meta({ description: 'Its number in the history of this workload, from 1.' }),
    type: z.string(),
    schemaVersion: z.int(),
    occurredAt: at,
    recordedAt: at,
    payload: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'WorkloadEvent' });

function workloadExample() {
  const time = '2026-11-21T10:42:00.000Z';
  return {
    id: 'wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
    status: 'submitted' as const,
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
    requested: {
      isolation: 'default' as const,
      strict: false,
      user: null,
      capabilities: [],
      hostAccess: [],
      hostSelector: {},
      spread: 'preferred' as const,
    },
    resources: { cpuMillis: 500, memoryMiB: 256 },
    restartPolicy: {
      maxAttempts: 1,
      backoffSeconds: 0,
      retryOn: [...usualRetryCauses],
      finalExitCodes: [],
    },
    nextAttemptAt: null,
    timeoutSeconds: null,
    priority: 50,
    batch: null,
    decision: {
      isolation: 'hyperv' as const,
      boundary: 'own:ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
      reasons: [
        { rule: 'tenant-hostile', effect: 'hyperv' as const, because: 'the tenant is hostile' },
      ],
      silenced: [],
      warnings: [],
      policyVersion: 1,
      alternatives: [{ isolation: 'process' as const, turnedDownBy: ['tenant-hostile'] }],
    },
    refusal: null,
    waitingFor: [],
    cancelRequested: false,
    placement: null,
    attempts: [],
    submittedAt: time,
    endedAt: null,
    exitCode: null,
  };
}
