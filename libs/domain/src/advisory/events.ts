import type { Event, TimeMs } from '../event.js';
import type { AdvisoryId } from '../ids.js';

/** What a vulnerability breaks: a host's kernel for its silos, the hypervisor, or the unpacking of images. */
export type BrokenWall = 'shared-kernel' | 'hypervisor' | 'image-import';

/** Kernels of this build are affected below the fixed revision, and all of them while no fix is known. */
export interface AffectedBuild {
  readonly build: number;
  readonly fixedRevision: number | null;
}

/** Since when the wall may have been broken, and until when it is taken for broken; null is until withdrawn. */
export interface AdvisoryWindow {
  readonly fromMs: TimeMs;
  readonly untilMs: TimeMs | null;
}

export type AdvisoryPublished = Event<
  'AdvisoryPublished',
  1,
  {
    advisoryId: AdvisoryId;
    title: string;
    /** As its publisher names it, such as a CVE number or an address. */
    reference: string;
    wall: BrokenWall;
    /** Of hosts: every host runs Windows. */
    os: 'windows';
    builds: readonly AffectedBuild[];
    window: AdvisoryWindow;
  }
>;
/** It was wrong, or concerns nobody any more. */
export type AdvisoryWithdrawn = Event<'AdvisoryWithdrawn', 1, { reason: string }>;

export type AdvisoryEvent = AdvisoryPublished | AdvisoryWithdrawn;

/**
 * One stream for all advisories, which moves on whenever one of them does. Placements and starts guard
 * it: an advisory that they have not seen cannot stand before them in the log.
 */
export type AdvisoriesChanged = Event<
  'AdvisoriesChanged',
  1,
  { advisoryId: AdvisoryId; change: 'published' | 'withdrawn' }
>;
