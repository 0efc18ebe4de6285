import type { Stage } from './stage.js';

/** Something that happens in a world. `weight`: how often, compared with others. */
export interface Act {
  readonly name: string;
  readonly weight: number;
  readonly play: (stage: Stage, who: number, what: number) => void;
}
