import type { Labels } from '../host/labels.js';
import type { HostAccess, RequestedIsolation } from '../isolation/decision.js';

export interface Resources {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

/**
 * Causes after which a tenant may choose whether its workload is tried again. Whoever was evicted always is:
 * that is the platform's doing.
 */
export const retryCauses = [
  'exit-code',
  'crash',
  'start-failed',
  'image-pull',
  'timed-out',
  'lost',
] as const;
export type RetryCause = (typeof retryCauses)[number];

/** Where a request does not say: all but a run that was too long, which would most likely be so again. */
export const usualRetryCauses: readonly RetryCause[] = retryCauses.filter(
  (cause) => cause !== 'timed-out',
);

export interface RestartPolicy {
  /** Attempts in all, the first one included. Attempts lost to a host or a lease do not count. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; doubles with each further one. Chance takes up to half of it away. */
  readonly backoffSeconds: number;
  /** After which causes it is tried again; left out: `usualRetryCauses`. */
  readonly retryOn?: readonly RetryCause[];
  /** Exit codes after which it is not tried again, whatever `retryOn` says; left out: none. */
  readonly finalExitCodes?: readonly number[];
}

/** What a tenant may ask to go wrong with its own run on a simulated host. */
export const runFaults = ['crash', 'hang', 'oom', 'kernel-panic', 'escape-attempt'] as const;
export type RunFault = (typeof runFaults)[number];

/** What a simulated host is told to do; real engines ignore it. */
export interface SimulatedRun {
  readonly durationMs: number;
  readonly exitCode: number;
  readonly fault: RunFault | null;
  /** What it comes to use in the course of its run; half of its limit where it does not say. */
  readonly memoryMiB?: number;
}

/** `required`: no two tasks of one batch on a host at a time, or it waits. `preferred`: where it costs little. */
export type Spread = 'preferred' | 'required';

/** What the tenant asked for, without its content (command, args, env, labels), which is kept beside the log. */
export interface WorkloadRequest {
  readonly image: string;
  readonly resources: Resources;
  readonly isolation: RequestedIsolation;
  /** A strict request for `process` is refused where it would have to be raised. */
  readonly strict: boolean;
  /** The user to run as; null is the one that the image names. A decision reads it, so it is no content. */
  readonly user: string | null;
  /** Privileges beyond those that every workload has. */
  readonly capabilities: readonly string[];
  /** What it wants of the host itself. */
  readonly hostAccess: readonly HostAccess[];
  /** Labels that its host must have, each with this value. Placement reads them, so they are no content. */
  readonly hostSelector: Labels;
  /** How its batch's tasks are spread over hosts; outside of a batch there is nothing to spread. */
  readonly spread: Spread;
  readonly restartPolicy: RestartPolicy;
  readonly timeoutSeconds: number | null;
  /** 0 to 100; higher goes first among the tenant's own, until others have waited long enough. */
  readonly priority: number;
  readonly simulation: SimulatedRun | null;
  /** SHA-256 (hex) of the salt and the content; salt and content are erasable, this stays. */
  readonly contentSha256: string;
  /**
   * There is content beside the log, so that where none is found it was erased, and nothing may run in its
   * place. Left out where there never was any, and in requests that were recorded before this was told.
   */
  readonly hasContent?: true;
}
