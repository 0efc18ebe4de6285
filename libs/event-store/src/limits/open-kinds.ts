/** Each is shown by the read model of that name, which goes on or stands still by itself. */
export const OPEN_KINDS = ['workloads', 'batches'] as const;
/** Workloads of their own, and the tasks of batches. */
export type OpenKind = (typeof OPEN_KINDS)[number];

/** What a read model showed of a tenant's work of its kind. */
export interface ShownOfKind {
  readonly open: number;
  /** Everything up to this position is counted. */
  readonly position: number;
}

/** What the read models showed of a tenant at one moment. */
export interface OpenWorkShown extends Readonly<Record<OpenKind, ShownOfKind>> {
  /** Of the log, at that moment. */
  readonly head: number;
}

/** What the read models show of it. */
export function shownOpen(shown: Readonly<Record<OpenKind, ShownOfKind>>): number {
  return OPEN_KINDS.reduce((sum, kind) => sum + shown[kind].open, 0);
}
