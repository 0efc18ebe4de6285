import type { StateTable } from '../decider.js';
import type { BatchStatus } from './state.js';

/** What a tenant asks of a batch after its submission. */
export type BatchAct = 'pause' | 'resume' | 'cancel';

/** A refusal's stable code, or `decide` where the command may be carried out. */
export type BatchAnswer = 'decide' | BatchRefusal;
export type BatchRefusal =
  | 'BATCH_EXISTS'
  | 'BATCH_NOT_FOUND'
  | 'BATCH_CANCELLING'
  | 'BATCH_OVERDUE'
  | 'BATCH_ENDED'
  | 'BATCH_NOT_ENDED'
  | 'BATCH_SUCCEEDED';

/** What each command does to a batch of each status. Ends of tasks say nothing new once the batch has ended. */
export const batchTable: StateTable<
  | BatchAct
  | 'submit-batch'
  | 'report-tasks-finished'
  | 'retry-failed'
  | 'end-wait'
  | 'pass-deadline',
  BatchStatus,
  BatchAnswer
> = {
  'submit-batch': {
    absent: 'decide',
    waiting: 'BATCH_EXISTS',
    running: 'BATCH_EXISTS',
    paused: 'BATCH_EXISTS',
    cancelling: 'BATCH_EXISTS',
    overdue: 'BATCH_EXISTS',
    succeeded: 'BATCH_EXISTS',
    failed: 'BATCH_EXISTS',
    cancelled: 'BATCH_EXISTS',
  },
  'report-tasks-finished': {
    absent: 'nothing',
    waiting: 'nothing',
    running: 'decide',
    paused: 'decide',
    cancelling: 'decide',
    overdue: 'decide',
    succeeded: 'nothing',
    failed: 'nothing',
    cancelled: 'nothing',
  },
  pause: {
    absent: 'BATCH_NOT_FOUND',
    waiting: 'decide',
    running: 'decide',
    paused: 'nothing',
    cancelling: 'BATCH_CANCELLING',
    overdue: 'BATCH_OVERDUE',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'BATCH_ENDED',
  },
  resume: {
    absent: 'BATCH_NOT_FOUND',
    waiting: 'nothing',
    running: 'nothing',
    paused: 'decide',
    cancelling: 'BATCH_CANCELLING',
    overdue: 'BATCH_OVERDUE',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'BATCH_ENDED',
  },
  cancel: {
    absent: 'BATCH_NOT_FOUND',
    waiting: 'decide',
    running: 'decide',
    paused: 'decide',
    cancelling: 'nothing',
    overdue: 'nothing',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'nothing',
  },
  'retry-failed': {
    absent: 'BATCH_NOT_FOUND',
    waiting: 'BATCH_NOT_ENDED',
    running: 'BATCH_NOT_ENDED',
    paused: 'BATCH_NOT_ENDED',
    cancelling: 'BATCH_NOT_ENDED',
    overdue: 'BATCH_NOT_ENDED',
    succeeded: 'BATCH_SUCCEEDED',
    failed: 'decide',
    cancelled: 'decide',
  },
  'end-wait': {
    absent: 'nothing',
    waiting: 'decide',
    running: 'nothing',
    paused: 'decide',
    cancelling: 'nothing',
    overdue: 'nothing',
    succeeded: 'nothing',
    failed: 'nothing',
    cancelled: 'nothing',
  },
  'pass-deadline': {
    absent: 'nothing',
    waiting: 'decide',
    running: 'decide',
    paused: 'decide',
    cancelling: 'nothing',
    overdue: 'nothing',
    succeeded: 'nothing',
    failed: 'nothing',
    cancelled: 'nothing',
  },
};

const refusalTexts: Readonly<Record<BatchRefusal, string>> = {
  BATCH_EXISTS: 'The batch was submitted before.',
  BATCH_NOT_FOUND: 'There is no such batch.',
  BATCH_CANCELLING: 'The batch is being cancelled.',
  BATCH_OVERDUE: 'The deadline of the batch has passed.',
  BATCH_ENDED: 'The batch has already ended',
  BATCH_NOT_ENDED: 'The batch has not ended yet; what fails until then can be retried at its end.',
  BATCH_SUCCEEDED: 'Every task of the batch has succeeded.',
};

/** What a caller is told with a refusal. */
export function batchRefusalText(refusal: BatchRefusal, status: BatchStatus): string {
  const text = refusalTexts[refusal];
  return refusal === 'BATCH_ENDED' ? `${text}: ${status}.` : text;
}
