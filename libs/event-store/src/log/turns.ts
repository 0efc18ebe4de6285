import type { NextTurn } from '../slices/slices.js';

/**
 * A turn of the event loop for each who asks, one after the other: of much work that is cut into slices at the same
 * time, one slice is done in a turn, however many wait.
 */
export function turnsOneByOne(atEndOfTurn: (act: () => void) => unknown = setImmediate): NextTurn {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => void atEndOfTurn(resolve)));
    return last;
  };
}

/** Those of this process, which whoever has much to do in it shares. */
export const turnsOfProcess: NextTurn = turnsOneByOne();
