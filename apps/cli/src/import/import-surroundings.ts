import type { Credential } from '../credentials/credential.js';
import type { ApiClient } from '../http/api-client.js';
import type { ImportTenant } from './tenant-access.js';

/** Counts that change while an import runs. */
export interface ImportProgress {
  readonly total: number;
  readonly submitted: number;
  readonly running: number;
  readonly finished: number;
}

/** Where an import meets the world. */
export interface ImportSurroundings {
  readonly operator: ApiClient;
  readonly auditor: ApiClient;
  readonly clientFor: (credential: Credential) => ApiClient;
  /** Sets this import's idempotency keys apart from those of every other one. */
  readonly runId: string;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Aborted when the one who started the import wants it to end. */
  readonly signal: AbortSignal;
  readonly step: (text: string) => void;
  /** Told of each tenant, for those who want to act as it too. */
  readonly tenantReady?: (tenant: ImportTenant) => void;
  readonly progress: (counts: ImportProgress) => void;
}
