/** So many turns are asked for at a time: one look at the outside world serves all of them. */
const TURNS_AT_A_TIME = 64;

/**
 * Calls `step` until it answers false. Between two calls everything that was ready to go on has gone on:
 * the queue of promises is empty then, however many of them followed from one another.
 */
export function pump(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const turn = () => {
      if (isOver) return;
      try {
        if (step()) return;
        isOver = true;
        resolve();
      } catch (error) {
        isOver = true;
        reject(error);
      }
    };
    const askForTurns = () => {
      if (isOver) return;
      for (let asked = 1; asked < TURNS_AT_A_TIME; asked += 1) setImmediate(turn);
      setImmediate(() => {
        turn();
        askForTurns();
      });
    };
    askForTurns();
  });
}
