import type { TimeMs } from '@bulkhead/domain';

/** From `atMs` of the machine's clock on, when it was `hostMs` on the hosts, theirs runs so many times as fast. */
export interface HostClock {
  readonly atMs: TimeMs;
  readonly hostMs: TimeMs;
  readonly speed: number;
}

/**
 * How the clock of the hosts goes on when their process begins at `nowMs`. It is kept beside their journals, because
 * what it once ran ahead stays ahead: begun anew with each process it would jump back, and by the journals a
 * workload would have run twice at once. As that of a real machine it goes on while the power is off.
 * Nor does it begin before `toldMs`, the newest entry of their journals: the clock of the machine may have been set back
 * in the life before, by less than that has lasted, and so many times that would be missing here.
 */
export function hostClockFrom(
  kept: HostClock | null,
  nowMs: TimeMs,
  speed: number,
  toldMs: TimeMs,
): HostClock {
  if (kept === null && speed === 1) return { atMs: nowMs, hostMs: nowMs, speed };
  const reachedMs = kept === null ? nowMs : hostTimeAt(kept, nowMs);
  const goesOn = kept?.speed === speed && kept.atMs <= nowMs && reachedMs >= toldMs;
  return goesOn ? kept : { atMs: nowMs, hostMs: Math.max(reachedMs, toldMs), speed };
}

/** Before what is kept there is no time of hosts: the clock of their machine was set back. */
export function hostTimeAt({ atMs, hostMs, speed }: HostClock, nowMs: TimeMs): TimeMs {
  return hostMs + Math.floor(Math.max(0, nowMs - atMs) * speed);
}
