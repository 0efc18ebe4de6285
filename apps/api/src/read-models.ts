import type { Page } from '@bulkhead/event-store';
import type { DataSource } from 'typeorm';

/** Injected wherever a list is answered; only `stores.module.ts` opens it. */
export const READ_MODELS = Symbol('ReadModels');
export type ReadModels = DataSource;

/** The store's page for what `readPage` asks: lists run from the newest to the oldest. */
export function storePage(after: string | null, limit: number): Page {
  return after === null ? { limit } : { limit, beforeId: after };
}
