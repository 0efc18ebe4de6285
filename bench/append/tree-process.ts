import { Child } from './child.js';

/** Build and catch up, or stop building. */
export type TreeOrder = 'build' | 'stop';
export type TreeReport = { readonly behind: number } | { readonly failed: string };

/** The process that builds the Merkle tree beside the appends, as a worker does in production. */
export class TreeProcess {
  private constructor(private readonly child: Child<TreeOrder, { readonly behind: number }>) {}

  static async start(url: string, headFolder: string): Promise<TreeProcess> {
    const environment = { BENCH_URL: url, BENCH_FOLDER: headFolder };
    const file = new URL('tree.main.js', import.meta.url);
    return new TreeProcess(await Child.start('tree', file, environment));
  }

  /** Builds from now on. Resolves when it has caught up, with how many events it was behind. */
  async build(): Promise<number> {
    return (await this.child.ask('build')).behind;
  }

  async stop(): Promise<void> {
    await this.child.ask('stop');
  }

  close(): Promise<void> {
    return this.child.close();
  }
}
