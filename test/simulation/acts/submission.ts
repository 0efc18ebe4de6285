import type { SubmissionBody } from '../../../apps/api/src/workloads/submission.schema.js';

export const images = [
  'mcr.microsoft.com/windows/nanoserver:ltsc2022',
  'mcr.microsoft.com/windows/nanoserver:ltsc2025',
  'mcr.microsoft.com/windows/nanoserver:ltsc2022',
  'docker.io/library/debian:12-slim',
  'example.org/mystery:1',
] as const;

/** Some go on for longer than a host may be silent. */
const durationsMs = [0, 10, 400, 1_500, 4_000, 9_000, 30_000] as const;
const sizes = [
  { cpuMillis: 250, memoryMiB: 128 },
  { cpuMillis: 500, memoryMiB: 512 },
  { cpuMillis: 1_500, memoryMiB: 2_048 },
] as const;

/** What a number asks for. Whatever could run for ever has a limit, so that every world comes to rest. */
export function submissionOf(what: number): SubmissionBody {
  let left = what;
  const next = (count: number) => {
    const digit = left % count;
    left = Math.floor(left / count);
    return digit;
  };
  const image = images[next(images.length)] as string;
  const kind = next(10);
  const size = sizes[next(sizes.length)] as (typeof sizes)[number];
  const durationMs = durationsMs[next(durationsMs.length)] as number;
  const isolation = (['default', 'default', 'process', 'hyperv'] as const)[next(4)] ?? 'default';
  const maxAttempts = 1 + next(3);
  const hangs = kind === 0;
  return {
    image,
    capabilities: [],
    hostAccess: [],
    resources: { ...size },
    isolation,
    strict: false,
    restartPolicy: { maxAttempts, backoffSeconds: next(2) },
    ...(hangs || kind === 1 ? { timeoutSeconds: 3 } : {}),
    priority: next(3) * 50,
    simulation: {
      durationMs,
      exitCode: kind === 2 ? 1 : 0,
      ...(hangs ? { fault: 'hang' as const } : kind === 3 ? { fault: 'crash' as const } : {}),
    },
  };
}

/** One that succeeds at its first attempt, after a moment. */
export function shortSubmission(what: number): SubmissionBody {
  return succeedingAfter(100 + (what % 400));
}

/** One that goes on for longer than it takes until a host that is silent counts as lost. */
export function longSubmission(what: number): SubmissionBody {
  const longestMs = Math.max(...durationsMs);
  return {
    ...succeedingAfter(longestMs),
    isolation: what % 2 === 0 ? 'default' : 'hyperv',
    restartPolicy: { maxAttempts: 3, backoffSeconds: 0 },
  };
}

/** One that takes much of a host for a while, and may be more urgent than others. */
export function largeSubmission(what: number): SubmissionBody {
  return {
    ...succeedingAfter(1_000 + (what % 5_000)),
    resources: { cpuMillis: 2_500, memoryMiB: 2_048 },
    isolation: (['default', 'process', 'hyperv'] as const)[what % 3] ?? 'default',
    restartPolicy: { maxAttempts: 3, backoffSeconds: 0 },
    priority: ((what >> 3) % 5) * 20,
  };
}

const troubles = ['oom', 'kernel-panic', 'escape-attempt', 'crash'] as const;

/** One that takes its memory or its kernel down with it, or comes to need more memory than it may have. */
export function troubledSubmission(what: number): SubmissionBody {
  const fault = troubles[what % troubles.length] ?? 'oom';
  const needsMore = what % 5 === 0;
  const own = needsMore ? { memoryMiB: 4_096 } : { fault };
  const durationMs = durationsMs[(what >> 3) % durationsMs.length] as number;
  return {
    ...succeedingAfter(durationMs),
    isolation: (['default', 'process', 'hyperv'] as const)[(what >> 6) % 3] ?? 'default',
    restartPolicy: { maxAttempts: 1 + ((what >> 8) % 2), backoffSeconds: 0 },
    simulation: { durationMs, exitCode: 0, ...own },
  };
}

function succeedingAfter(durationMs: number): SubmissionBody {
  const [image] = images;
  return {
    image,
    capabilities: [],
    hostAccess: [],
    resources: { ...sizes[0] },
    strict: false,
    isolation: 'default',
    restartPolicy: { maxAttempts: 1, backoffSeconds: 0 },
    priority: 50,
    simulation: { durationMs, exitCode: 0 },
  };
}
