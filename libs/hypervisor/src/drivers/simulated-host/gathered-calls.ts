import { DriverError } from '../../driver.js';
import { DriverProtocolError } from './refusals.js';

/** One request stays small enough to be answered at once. */
export const MAX_CALLS_PER_REQUEST = 200;
/** While one request is carried out, the next one is on its way. */
const MAX_REQUESTS_IN_FLIGHT = 2;
/** Callers wait for their answers, so more than this means that they do not. */
const MAX_WAITING = 20_000;

interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Sends calls together that are made at the same time, because a request costs far more than a call.
 * Nobody waits for company: what is there goes as soon as a request is free.
 */
export class GatheredCalls<Call, Answer> {
  #waiting: Waiting<Call, Answer>[] = [];
  #inFlight = 0;
  #scheduled = false;

  /** `send` answers in the order of the calls. */
  constructor(private readonly send: (calls: readonly Call[]) => Promise<readonly Answer[]>) {}

  /** @throws DriverError UNREACHABLE where too many wait already, and what `send` throws */
  make(call: Call): Promise<Answer> {
    return new Promise((answered, failed) => {
      if (this.#waiting.length >= MAX_WAITING) {
        failed(new DriverError('UNREACHABLE', `${MAX_WAITING} calls are waiting already`));
        return;
      }
      this.#waiting.push({ call, answered, failed });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#sendNext();
      });
    });
  }

  #sendNext(): void {
    while (this.#waiting.length > 0 && this.#inFlight < MAX_REQUESTS_IN_FLIGHT) {
      const batch = this.#waiting.splice(0, MAX_CALLS_PER_REQUEST);
      this.#inFlight++;
      this.send(batch.map(({ call }) => call))
        .then(
          (answers) => settle(batch, answers),
          (error: Error) => {
            for (const { failed } of batch) failed(error);
          },
        )
        .finally(() => {
          this.#inFlight--;
          this.#sendNext();
        });
    }
  }
}

function settle<Call, Answer>(
  batch: readonly Waiting<Call, Answer>[],
  answers: readonly Answer[],
): void {
  for (const [at, { answered, failed }] of batch.entries()) {
    const answer = answers[at];
    if (answer === undefined) failed(new DriverProtocolError('a call was not answered'));
    else answered(answer);
  }
}
