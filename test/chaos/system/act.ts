import type { ManyProcesses } from './many-processes.js';
import type { Program } from './program.js';

/** A server that an act may take away; while one has, the others let it be. */
export type Server = 'Postgres' | 'Redis';

/** Many who came at once. */
export interface ArrivedCrowd {
  /** How many of them were told by now to come back later. */
  turnedAway(): number;
  /** Ends when each was accepted. */
  readonly accepted: Promise<void>;
}

/** Where an act happens, and what it may use. */
export interface Scene {
  readonly all: ManyProcesses;
  /** Programs that an act keeps down; whoever else ends is started again at once. */
  readonly keptDown: Set<Program>;
  readonly away: Set<Server>;
  /** Sends more to one api at once than it lets wait. */
  readonly crowd: (api: Program) => ArrivedCrowd;
  readonly pause: (lastsMs: number) => Promise<void>;
}

/** Something that goes wrong for a while. It ends with everything as it was before. */
export interface Act {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly lastsMs: { readonly min: number; readonly max: number };
  /**
   * Answers whether it happened: what it was meant for may be away at its moment, by another act.
   * @param nr any whole number: which of several things it happens to
   */
  run(scene: Scene, lastsMs: number, nr: number): Promise<boolean>;
}

export function oneOf<T>(things: readonly T[], nr: number): T {
  const thing = things[nr % things.length];
  if (thing === undefined) throw new Error('there is nothing that it could happen to');
  return thing;
}

/** Has a server away while the act lasts; false where another act has it away already. */
export async function takenAway(
  { away }: Scene,
  server: Server,
  act: () => Promise<void>,
): Promise<boolean> {
  if (away.has(server)) return false;
  away.add(server);
  await act().finally(() => away.delete(server));
  return true;
}
