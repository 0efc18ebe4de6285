import type { BatchStatus } from './state.js';

/** What a tenant asks of a batch after its submission. */
export type BatchAct = 'pause' | 'resume' | 'cancel';

/** The refusal's stable code, or `nothing` where the act has been carried out before. */
export type BatchActAnswer = 'accept' | 'nothing' | 'BATCH_CANCELLING' | 'BATCH_ENDED';

/** What each act does to a batch of each status. */
export const batchActTable: Readonly<
  Record<BatchAct, Readonly<Record<Exclude<BatchStatus, 'absent'>, BatchActAnswer>>>
> = {
  pause: {
    running: 'accept',
    paused: 'nothing',
    cancelling: 'BATCH_CANCELLING',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'BATCH_ENDED',
  },
  resume: {
    running: 'nothing',
    paused: 'accept',
    cancelling: 'BATCH_CANCELLING',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'BATCH_ENDED',
  },
  cancel: {
    running: 'accept',
    paused: 'accept',
    cancelling: 'nothing',
    succeeded: 'BATCH_ENDED',
    failed: 'BATCH_ENDED',
    cancelled: 'nothing',
  },
};

/** Statuses in which tasks may still be under way, and their ends are reported. */
export const isOpenBatch = (status: BatchStatus): boolean =>
  status === 'running' || status === 'paused' || status === 'cancelling';
