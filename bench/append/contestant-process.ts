import { Child } from './child.js';
import type { Load, Loaded } from './load.js';

/** A contestant as the bench sees it: a process that runs what it is told and reports figures. */
export class ContestantProcess {
  private constructor(
    readonly name: string,
    private readonly child: Child<Load & Record<string, never>, { readonly loaded: Loaded }>,
  ) {}

  /** @throws Error with what the process said where it cannot open its store */
  static async start(name: string, file: URL, url: string): Promise<ContestantProcess> {
    return new ContestantProcess(name, await Child.start(name, file, { BENCH_URL: url }));
  }

  async run(load: Load): Promise<Loaded> {
    return (await this.child.ask(load as Load & Record<string, never>)).loaded;
  }

  close(): Promise<void> {
    return this.child.close();
  }
}
