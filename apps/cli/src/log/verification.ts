import type { LogFault } from '@bulkhead/event-store/proof';

/** How many kept heads of one file agree, by the name that the log had when they were signed. */
export interface KeptAgreement {
  readonly file: string;
  readonly origin: string;
  readonly heads: number;
}

/** What a recomputation has found. Of it, `--json` shows every field. */
export interface LogVerification {
  readonly verified: boolean;
  /** The name of the log, as its own head has it, or else the last that agrees. */
  readonly origin: string | null;
  /** How many entries were found in order. */
  readonly size: number;
  /** Over all of them, in base64; null where something is wrong with them. */
  readonly rootHash: string | null;
  /** How many of them trusted tree heads cover. */
  readonly signedSize: number;
  /** The name of the log in the head that covers so many. */
  readonly signedBy: string | null;
  /** How many come after those: in order, but nothing vouches for them. */
  readonly unsignedEntries: number;
  readonly firstUnsignedPosition: number | null;
  /** How many kept heads were compared. */
  readonly keptHeads: number;
  /** The same by file and name of the log. */
  readonly kept: readonly KeptAgreement[];
  readonly firstBadPosition: number | null;
  readonly lastBadPosition: number | null;
  readonly kind: LogFault['kind'] | TroubleKind | null;
  /** What is wrong, in a sentence. */
  readonly problem: string | null;
}

/** What may be wrong besides the entries. */
export type TroubleKind = 'untrusted-head' | 'nothing-signed' | 'unsigned-entries';
export type Trouble = Pick<LogVerification, 'kind' | 'problem'>;

export const NOTHING_FOUND: LogVerification = {
  verified: false,
  origin: null,
  size: 0,
  rootHash: null,
  signedSize: 0,
  signedBy: null,
  unsignedEntries: 0,
  firstUnsignedPosition: null,
  keptHeads: 0,
  kept: [],
  firstBadPosition: null,
  lastBadPosition: null,
  kind: null,
  problem: null,
};
