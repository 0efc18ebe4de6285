import type { ManyProcesses } from './many-processes.js';
import type { Program } from './program.js';

/** Where an act happens, and what it may use. */
export interface Scene {
  readonly all: ManyProcesses;
  /** Programs that an act keeps down; whoever else ends is started again at once. */
  readonly keptDown: Set<Program>;
  /** Ends after so long, or when the time of troubles is over. */
  readonly pause: (lastsMs: number) => Promise<void>;
}

/** Something that goes wrong for a while. It ends with everything as it was before. */
export interface Act {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly lastsMs: { readonly min: number; readonly max: number };
  /** @param nr any whole number: which of several things it happens to */
  run(scene: Scene, lastsMs: number, nr: number): Promise<void>;
}

export function oneOf<T>(things: readonly T[], nr: number): T {
  const thing = things[nr % things.length];
  if (thing === undefined) throw new Error('there is nothing that it could happen to');
  return thing;
}
