import { hash } from 'node:crypto';
import type { RestartPolicy, StreamId, TenantId, WorkloadRequest } from '@bulkhead/domain';
import { type ContentRow, canonicalJson } from '@bulkhead/event-store';
import type { RandomBytes } from '../sources.js';
import type { SubmissionBody, TaskBody } from './submission.schema.js';

const SALT_BYTES = 32;

/** What the tenant wrote that no decision reads: kept beside the log, and erasable. */
export interface SealedContent {
  readonly body: Readonly<Record<string, unknown>>;
  readonly saltHex: string;
  /** SHA-256 of salt and canonical JSON, which is all that the log holds of it. */
  readonly sha256: string;
}

export function sealContent(
  content: Readonly<Record<string, unknown>>,
  randomBytes: RandomBytes,
): SealedContent {
  const body: Record<string, unknown> = {};
  for (const name of Object.keys(content)) {
    if (content[name] !== undefined) body[name] = content[name];
  }
  const salt = randomBytes(SALT_BYTES);
  const salted = Buffer.concat([salt, Buffer.from(canonicalJson(body), 'utf8')]);
  return { body, saltHex: salt.toString('hex'), sha256: hash('sha256', salted, 'hex') };
}

/** The row beside a stream's event; none where there is nothing to keep. */
export function contentRows(
  tenant: TenantId,
  stream: StreamId,
  part: number,
  { body, saltHex }: SealedContent,
): readonly ContentRow[] {
  return Object.keys(body).length === 0 ? [] : [{ tenant, stream, part, saltHex, body }];
}

/** The content of a submission. */
export function contentOf(submission: SubmissionBody): Readonly<Record<string, unknown>> {
  const { command, args, env, labels, simulation } = submission;
  return { command, args, env, labels, stdout: simulation?.stdout };
}

/** What is left out stays left out, so that the event says no more than the tenant did. */
function restartPolicyOf({ restartPolicy }: SubmissionBody): RestartPolicy {
  const { maxAttempts, backoffSeconds, retryOn, finalExitCodes } = restartPolicy;
  return {
    maxAttempts,
    backoffSeconds,
    ...(retryOn === undefined ? {} : { retryOn }),
    ...(finalExitCodes === undefined ? {} : { finalExitCodes }),
  };
}

/** Everything else, which stands in the event. */
export function requestOf(
  submission: SubmissionBody & Partial<Pick<TaskBody, 'spread'>>,
  contentSha256: string,
): WorkloadRequest {
  const { image, resources, isolation, strict, priority, simulation } = submission;
  return {
    image,
    resources,
    isolation,
    strict,
    user: submission.user ?? null,
    capabilities: submission.capabilities,
    hostAccess: submission.hostAccess,
    hostSelector: submission.hostSelector ?? {},
    spread: submission.spread ?? 'preferred',
    restartPolicy: restartPolicyOf(submission),
    timeoutSeconds: submission.timeoutSeconds ?? null,
    priority,
    simulation:
      simulation === undefined
        ? null
        : {
            durationMs: simulation.durationMs,
            exitCode: simulation.exitCode,
            fault: simulation.fault ?? null,
            ...(simulation.memoryMiB === undefined ? {} : { memoryMiB: simulation.memoryMiB }),
          },
    contentSha256,
  };
}
