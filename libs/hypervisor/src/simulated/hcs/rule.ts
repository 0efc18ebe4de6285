import type { ResultCodeName } from './result-codes.js';

/** States of the service's schema. It has `Unknown` too, which nothing in the model is. */
export type HcsState = 'Created' | 'Running' | 'Paused' | 'SavedAsTemplate' | 'Stopped';

/** Operations of the service's schema, as far as the model has them. It saves as a template only. */
export type HcsOperation =
  | 'Construct'
  | 'Start'
  | 'Pause'
  | 'Resume'
  | 'Save'
  | 'Modify'
  | 'Shutdown'
  | 'Terminate'
  | 'GetProperties';

export type HcsSystemType = 'Container' | 'VirtualMachine';

/**
 * Where a compute system stands for the service: `Starting` reads as `Created` until the start is over,
 * and `Saving` as `Paused` until everything is written.
 */
export type HcsStanding = 'Absent' | 'Starting' | 'Saving' | HcsState;

/** What the service answers: where the operation leads, or the code that it is refused with. */
export type HcsAnswer = { readonly leadsTo: HcsStanding } | { readonly code: ResultCodeName };

export interface HcsRule {
  readonly operation: HcsOperation;
  readonly standing: HcsStanding;
  readonly answer: HcsAnswer;
  readonly source: string;
}
