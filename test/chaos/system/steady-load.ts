import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 100;
const REQUEST_TIMEOUT_MS = 15_000;
/** No api listens for a moment only where one is replaced before the other is back. */
const REFUSALS_MAX = 100;

/** What somebody asks for again and again, over connections that are kept alive. */
export interface SteadyLoad {
  readonly urls: readonly string[];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * Submits without a pause until it is stopped. An api that does not listen is left for the next one, which
 * is what every balancer does; anything else than an answer of success is a failure. Only a request that
 * was sent on an idle connection at the moment at which its server closed it is repeated, once and under its
 * key, as RFC 9112 (9.3.1) has clients do: no server can prevent that.
 */
export class SteadyClient {
  readonly accepted: string[] = [];
  readonly failures: string[] = [];
  /** Requests whose connection was reset before anything of an answer came. */
  readonly repeated: string[] = [];
  private stopping = false;
  private turn = 0;

  constructor(private readonly load: SteadyLoad) {}

  async run(): Promise<void> {
    while (!this.stopping) {
      await this.submit();
      await sleep(PAUSE_MS);
    }
  }

  stop(): void {
    this.stopping = true;
  }

  private async submit(): Promise<void> {
    const { urls, path, headers, body } = this.load;
    const key = randomUUID();
    for (let refused = 0; refused < REFUSALS_MAX; refused += 1) {
      this.turn += 1;
      const url = `${urls[this.turn % urls.length]}${path}`;
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        const answer = (await response.json()) as { id: string };
        if (response.status === 202) this.accepted.push(answer.id);
        else this.failures.push(`${response.status} ${JSON.stringify(answer)}`);
        return;
      } catch (error) {
        const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
        const isReset = cause?.code === 'ECONNRESET' && !this.repeated.includes(key);
        if (isReset) this.repeated.push(key);
        else if (cause?.code !== 'ECONNREFUSED') {
          this.failures.push(`${message}: ${cause?.code} ${cause?.message}`);
          return;
        }
        await sleep(PAUSE_MS);
      }
    }
    this.failures.push('no api listens');
  }
}
