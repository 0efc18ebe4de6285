import type { Play } from './play.js';

/** What happens, on whom (`who`) and with what: any two numbers will do. */
export interface Act {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** Whether it may come while the placer is at work: after its plan, before its append. */
  readonly comesBetween?: true;
  readonly play: (on: Play, who: number, what: number) => void;
}

export function pick<T>(from: readonly T[], number: number): T | undefined {
  return from[number % from.length];
}
