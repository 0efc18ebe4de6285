/** One statement stays small enough to be over in a moment. */
const CALLS_PER_STATEMENT_MAX = 200;
/** While one statement runs, the next one is on its way. */
const STATEMENTS_IN_FLIGHT_MAX = 2;
/** Callers wait for their answers, so more than this means that they do not. */
const CALLS_WAITING_MAX = 20_000;

interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: Error) => void;
}

/** Makes one statement of calls that come at the same time, because a round trip costs more than a row. */
export class GatheredStatements<Call, Answer> {
  private readonly waiting: Waiting<Call, Answer>[] = [];
  private inFlight = 0;
  private isScheduled = false;

  /** `run` answers in the order of the calls. */
  constructor(private readonly run: (calls: readonly Call[]) => Promise<readonly Answer[]>) {}

  /** @throws Error where too many wait already, and what `run` throws */
  make(call: Call): Promise<Answer> {
    return new Promise((answered, failed) => {
      if (this.waiting.length >= CALLS_WAITING_MAX) {
        failed(new Error(`${CALLS_WAITING_MAX} calls are waiting already`));
        return;
      }
      this.waiting.push({ call, answered, failed });
      if (this.isScheduled) return;
      this.isScheduled = true;
      // After everything that this turn of the process still asks for; the rest gathers behind those in flight.
      void Promise.resolve().then(() => {
        this.isScheduled = false;
        this.runNext();
      });
    });
  }

  private runNext(): void {
    while (this.waiting.length > 0 && this.inFlight < STATEMENTS_IN_FLIGHT_MAX) {
      const batch = this.waiting.splice(0, CALLS_PER_STATEMENT_MAX);
      this.inFlight += 1;
      this.run(batch.map(({ call }) => call))
        .then(
          (answers) => {
            for (const [at, { answered }] of batch.entries()) answered(answers[at] as Answer);
          },
          (error: Error) => {
            for (const { failed } of batch) failed(error);
          },
        )
        .finally(() => {
          this.inFlight -= 1;
          this.runNext();
        });
    }
  }
}
