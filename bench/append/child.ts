import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';

const ANSWER_TIMEOUT_MS = 90_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** A process of the benchmark that answers one message with one message, a failure with `failed`. */
export class Child<Order extends Serializable, Answer extends object> {
  private constructor(
    private readonly name: string,
    private readonly process: ChildProcess,
  ) {}

  /** Resolves when the process has said that it is ready. */
  static async start<O extends Serializable, A extends object>(
    name: string,
    file: URL,
    environment: Readonly<Record<string, string>>,
  ): Promise<Child<O, A>> {
    const child = new Child<O, A>(name, fork(file, { env: { ...process.env, ...environment } }));
    await child.answer();
    return child;
  }

  /** @throws Error with what the process said, or that it ended or gave no answer in time */
  ask(order: Order): Promise<Answer> {
    this.process.send(order);
    return this.answer();
  }

  /** Children end when their parent lets go of them; this one by force where it does not. */
  async close(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    const force = setTimeout(() => this.process.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
    if (this.process.connected) this.process.disconnect();
    await exited;
    clearTimeout(force);
  }

  private answer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.process.off('message', onMessage).off('exit', onExit);
        act();
      };
      const onMessage = (message: unknown) => {
        const { failed } = message as { failed?: string };
        settle(() => {
          if (failed === undefined) resolve(message as Answer);
          else reject(new Error(`${this.name}: ${failed}`));
        });
      };
      const onExit = () => settle(() => reject(new Error(`${this.name} ended without an answer`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.name} gave no answer in time`))),
        ANSWER_TIMEOUT_MS,
      );
      this.process.on('message', onMessage).once('exit', onExit);
    });
  }
}
