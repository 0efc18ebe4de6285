import type { Resources } from '../../workload/request.js';

/** Which of two hosts with room fits better: who would be left with less (`snug`), or who has more (`roomy`). */
export type Fit = 'snug' | 'roomy';

/** So much the resource counts that decides; the other one counts the rest. */
const DECIDING = 7 / 8;

/**
 * How badly a host fits that would be left with so much: from 0 to 1, and less is better. What is left of
 * one resource is of little use without the other. So a snug host is judged by what it would be left with
 * most of, as a share of what it has, and a roomy one by what it would be left with least of: of two that
 * hold as much, better is who holds CPU and memory in equal shares.
 */
export function misfitOf(
  fit: Fit,
  capacity: Resources,
  cpuMillisLeft: number,
  memoryMiBLeft: number,
): number {
  const cpu = cpuMillisLeft / capacity.cpuMillis;
  const memory = memoryMiBLeft / capacity.memoryMiB;
  const larger = Math.max(cpu, memory);
  const smaller = Math.min(cpu, memory);
  if (fit === 'snug') return DECIDING * larger + (1 - DECIDING) * smaller;
  return 1 - DECIDING * smaller - (1 - DECIDING) * larger;
}

/** No host fits better, snugly, that would be left with at least such a share of some resource. */
export function leastSnugMisfit(share: number): number {
  return DECIDING * share;
}

/** What a host has free of the resource that it has less of, as a share of what it has: 0 to 1. */
export function freeShareOf(
  capacity: Resources,
  freeCpuMillis: number,
  freeMemoryMiB: number,
): number {
  return Math.min(freeCpuMillis / capacity.cpuMillis, freeMemoryMiB / capacity.memoryMiB);
}

/**
 * In which order the hosts with room come that the preferences choose among: less first. Who fits snugly
 * depends on what is asked for; who is roomy does not, so that nobody else has to be looked at.
 */
export function rankOf(fit: Fit, freeShare: number, misfit: number): number {
  return fit === 'snug' ? misfit : -freeShare;
}
