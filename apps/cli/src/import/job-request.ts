import type { SwfJob } from '../swf/swf-job.js';

/** What one processor of the log becomes. */
export interface ProcessorSize {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

export interface Resources {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

/** The body of `POST /v1/workloads` for one job. */
export interface JobRequest {
  readonly image: string;
  readonly resources: Resources;
  readonly simulation: { readonly durationMs: number; readonly exitCode: number };
}

export interface JobMapping {
  readonly perProcessor: ProcessorSize;
  /** Run times are divided by it. */
  readonly speed: number;
  readonly imageOf: (application: number | null) => string;
}

/** What a job counts as where the log knows neither processors nor time. */
const UNKNOWN = { processors: 1, seconds: 1 } as const;
/** A job of zero seconds still runs. */
const MIN_DURATION_MS = 1;
/** The longest run that the api accepts: thirty days. */
const MAX_DURATION_MS = 30 * 24 * 60 * 60 * 1_000;

/** Processors as allocated, else as requested, else one; a job of no processors counts as one too. */
export function processorsOf(job: SwfJob): number {
  return Math.max(1, job.allocatedProcessors ?? job.requestedProcessors ?? UNKNOWN.processors);
}

/** Seconds that it ran, else that it asked for, else one. */
export function runSecondsOf(job: SwfJob): number {
  return job.runSeconds ?? job.requestedSeconds ?? UNKNOWN.seconds;
}

/** What so many processors need. */
export function resourcesFor(processors: number, perProcessor: ProcessorSize): Resources {
  return {
    cpuMillis: processors * perProcessor.cpuMillis,
    memoryMiB: processors * perProcessor.memoryMiB,
  };
}

/** How long the workload runs, within what the api accepts. */
export function durationMsOf(seconds: number, speed: number): number {
  const durationMs = Math.round((seconds * 1_000) / speed);
  return Math.min(Math.max(durationMs, MIN_DURATION_MS), MAX_DURATION_MS);
}

/**
 * The workload of a job. It ends with exit code 0 whatever the log says of its end: what is imported is
 * the load, and a failure would be tried again.
 */
export function jobRequest(job: SwfJob, mapping: JobMapping): JobRequest {
  return {
    image: mapping.imageOf(job.application),
    resources: resourcesFor(processorsOf(job), mapping.perProcessor),
    simulation: { durationMs: durationMsOf(runSecondsOf(job), mapping.speed), exitCode: 0 },
  };
}
