import { retryCauses, runFaults } from '@bulkhead/domain';
import { z } from 'zod';
import {
  hostLabels,
  LABEL_NAME,
  LABEL_NAME_RULE,
  LABEL_VALUE_MAX_LENGTH,
  named,
} from '../http/named.js';
import { lastingReason } from '../http/text.js';

const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]*$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_.()-]*$/;
const ENV_NAME_RULE =
  'it may have letters from A to Z, digits and _ . ( ) -, and begins with a letter or _';
const IMAGE_RULE =
  'must be an image reference: letters from A to Z, digits and . _ - / : @, beginning with a letter or digit';
const CAPABILITY = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Bounds of tenant content; the body as a whole has 1 MiB. */
const WORDS_MAX = 256;
const WORD_MAX_LENGTH = 32_768;
const CAPABILITIES_MAX = 64;
const CAPABILITY_MAX_LENGTH = 64;
const HOST_ACCESS_MAX = 3;
const NAME_MAX_LENGTH = 255;
const STDOUT_MAX_LENGTH = 65_536;
const FINAL_EXIT_CODES_MAX = 64;

const words = z.array(z.string().max(WORD_MAX_LENGTH)).max(WORDS_MAX);
/** A list that names nothing twice, empty where it is left out. */
function distinct<T extends z.ZodType>(item: T, most: number) {
  return z
    .array(item)
    .max(most)
    .refine((items) => new Set(items).size === items.length, 'must name nothing twice')
    .default([])
    .meta({ uniqueItems: true });
}

export const Resources = z
  .strictObject({
    cpuMillis: z.int().min(1).max(1_000_000).meta({ description: '1000 is one processor.' }),
    memoryMiB: z.int().min(1).max(16_777_216).meta({
      description: 'What it may use at most, and is promised.',
    }),
  })
  .meta({ id: 'Resources', examples: [{ cpuMillis: 500, memoryMiB: 256 }] });

/** Of Windows: 32 bits, which some write with a sign and some without. */
const exitCode = z.int().min(-2_147_483_648).max(4_294_967_295);

export const RestartPolicy = z
  .strictObject({
    maxAttempts: z.int().min(1).max(100).default(1).meta({
      description: 'Attempts in all. Attempts lost to a host do not count.',
    }),
    backoffSeconds: z.int().min(0).max(3_600).default(0).meta({
      description:
        'Wait before the second attempt; doubles with each further one, up to an hour. Chance takes up to half of each wait away.',
    }),
    retryOn: z
      .array(z.enum(retryCauses))
      .max(retryCauses.length)
      .refine((causes) => new Set(causes).size === causes.length, 'must name nothing twice')
      .optional()
      .meta({
        description:
          'After which causes it is tried again; all but timed-out where it is left out. What was evicted always is. Without lost, a workload whose host was lost fails.',
        uniqueItems: true,
      }),
    finalExitCodes: z
      .array(
        exitCode.refine((code) => code !== 0, 'must not be 0, after which nothing is tried again'),
      )
      .max(FINAL_EXIT_CODES_MAX)
      .refine(
        areDifferentCodes,
        'must name nothing twice: codes have 32 bits, with a sign or without',
      )
      .optional()
      .meta({
        description:
          'Exit codes after which it is not tried again: 32 bits, with a sign or without (-1 is 4294967295). Only where it is tried again after exit-code.',
      }),
  })
  .refine(
    ({ retryOn, finalExitCodes = [] }) =>
      finalExitCodes.length === 0 || retryOn === undefined || retryOn.includes('exit-code'),
    {
      path: ['finalExitCodes'],
      error: 'would never be met: retryOn does not name exit-code',
    },
  )
  .meta({ id: 'RestartPolicy' });

function areDifferentCodes(codes: readonly number[]): boolean {
  return new Set(codes.map((code) => code >>> 0)).size === codes.length;
}

const Simulation = z
  .strictObject({
    durationMs: z.int().min(0).max(2_592_000_000).meta({ description: 'How long it runs.' }),
    exitCode: exitCode.meta({
      description: 'With which it ends: 32 bits, with or without a sign.',
    }),
    fault: z.enum(runFaults).optional().meta({
      description:
        'What goes wrong with it, somewhere on its way. crash, oom: it ends, for an access violation or for want of memory. hang: it never ends and answers nothing. kernel-panic: its utility VM ends; in a silo it only crashes, unless the operator of the hosts lets it take its host down. escape-attempt: it tries to reach what lies behind its wall, and runs on.',
    }),
    stdout: z.string().max(STDOUT_MAX_LENGTH).optional().meta({ description: 'What it writes.' }),
    memoryMiB: z.int().min(1).max(16_777_216).optional().meta({
      description: 'What it comes to use. More than its limit ends it as Windows does.',
    }),
  })
  .meta({ id: 'Simulation', description: 'What a simulated host does; real engines ignore it.' });

/** The fields of a submission; a batch's `taskDefaults` and overrides are made from the same ones. */
export const submissionFields = {
  image: z.string().min(1, { abort: true }).max(512).regex(IMAGE, IMAGE_RULE).meta({
    description:
      'An image reference. One that the catalogue does not hold has an unknown publisher.',
  }),
  command: words.optional().meta({ description: 'Replaces the entry point of the image.' }),
  args: words.optional().meta({
    description: 'Words behind the entry point or command. In a task {{index}} becomes its index.',
  }),
  env: named(ENV_NAME, WORD_MAX_LENGTH, ENV_NAME_RULE).optional().meta({
    description: 'Variables of its environment. Kept as erasable content.',
  }),
  user: z.string().min(1).max(NAME_MAX_LENGTH).optional().meta({
    description:
      'The user to run as. One that policy calls elevated gets a utility VM. It is recorded, not erasable content.',
  }),
  capabilities: distinct(
    z.string().max(CAPABILITY_MAX_LENGTH).regex(CAPABILITY),
    CAPABILITIES_MAX,
  ).meta({
    description:
      'Privileges beyond those that every workload has. One that policy calls risky gets a utility VM.',
  }),
  hostAccess: distinct(z.enum(['host-process', 'host-pipe', 'device']), HOST_ACCESS_MAX).meta({
    description: 'What it wants of the host itself. Refused unless policy approves it.',
  }),
  resources: Resources,
  isolation: z.enum(['default', 'process', 'hyperv']).default('default').meta({
    description: 'default lets policy choose. What is asked for is only ever raised.',
  }),
  strict: z.boolean().default(false).meta({
    description: 'Refuse a request for process instead of raising it.',
  }),
  restartPolicy: RestartPolicy.default({ maxAttempts: 1, backoffSeconds: 0 }),
  timeoutSeconds: z.int().min(1).max(2_592_000).optional().meta({
    description:
      'How long an attempt may run, from when the service learned of its start; the clock of its host does not matter.',
  }),
  priority: z.int().min(0).max(100).default(50).meta({
    description:
      'Higher goes first among your own workloads; each step is worth some time of waiting (a minute, or what the operator says).',
  }),
  labels: named(LABEL_NAME, LABEL_VALUE_MAX_LENGTH, LABEL_NAME_RULE).optional().meta({
    description: 'By which lists find it. Kept as erasable content.',
  }),
  hostSelector: hostLabels.optional().meta({
    description:
      'Labels that its host must have, each with this value. Refused where no host has them. Recorded, not erasable content.',
  }),
  simulation: Simulation.optional(),
};

export const Submission = z.strictObject(submissionFields).meta({
  id: 'Submission',
  examples: [
    {
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
      args: ['--input', 'orders.csv'],
      resources: { cpuMillis: 500, memoryMiB: 256 },
      isolation: 'default',
      labels: { team: 'billing' },
      simulation: { durationMs: 3000, exitCode: 0 },
    },
  ],
});
export type SubmissionBody = z.infer<typeof Submission>;

/** The fields of a batch's task. */
export const taskFields = {
  ...submissionFields,
  spread: z.enum(['preferred', 'required']).default('preferred').meta({
    description:
      'required: at most one task of the batch on a host at a time; the others wait. preferred: different hosts where it costs little.',
  }),
};
/** A task after defaults and override were put together. */
export const Task = z.strictObject(taskFields);
export type TaskBody = z.infer<typeof Task>;

export const Cancellation = z
  .strictObject({ reason: lastingReason.optional() })
  .meta({ id: 'Cancellation', examples: [{ reason: 'no longer needed' }] });
