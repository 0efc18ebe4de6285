import type { DataSource, EntityManager } from 'typeorm';
import type { Link, Network } from './network.js';
import type { ProcessLife } from './process-life.js';
import type { SimulatedLeases } from './simulated-leases.js';

/** What a transaction does when it commits; it throws where another was faster. */
type Write = () => void;

/** A transaction of a consumer; what its effect writes is kept until the commit. */
export interface ConsumerTransaction {
  readonly writes: Write[];
}

/** A statement that the tables do not know: the consumer has changed, and so must they. */
class UnknownStatement extends Error {
  override readonly name = 'UnknownStatement';
}

/**
 * The tables of consumers in memory. They understand the few statements with which `Consumer` keeps its
 * checkpoint, so that it runs here as it stands: position and effect commit together or not at all.
 */
export class ConsumerTables {
  readonly positions = new Map<string, number>();
  /** Consumers that stopped before an event, and why. */
  readonly troubles = new Map<string, string>();

  constructor(private readonly leases: SimulatedLeases) {}

  /** The tables as one process reaches them. */
  sourceFor(life: ProcessLife, network: Network, link: Link): DataSource {
    const call = <T>(ask: () => T) => network.call(life, link, async () => ask());
    const source = {
      query: (text: string, values: readonly unknown[]) => call(() => this.answer(text, values)),
      transaction: async (act: (transaction: EntityManager) => Promise<unknown>) => {
        const writes: Write[] = [];
        const query = (text: string, values: readonly unknown[] = []) =>
          text.startsWith('SET LOCAL')
            ? Promise.resolve([])
            : call(() => this.within(writes, text, values));
        await act({ query, writes } as unknown as EntityManager);
        await network.write(life, link, async () => {
          for (const write of writes) write();
        });
      },
    };
    return source as unknown as DataSource;
  }

  private answer(text: string, values: readonly unknown[]): readonly object[] {
    const name = values[0] as string;
    if (text.includes('INSERT INTO consumers.checkpoints')) {
      const position = this.positions.get(name) ?? (values[1] as number);
      this.positions.set(name, position);
      return [{ position }];
    }
    if (text.includes('FROM consumers.skips')) return [];
    if (text.includes('INSERT INTO consumers.troubles')) {
      this.troubles.set(name, `before ${values[2]} (${values[5]}): ${values[6]}`);
      return [];
    }
    throw new UnknownStatement(text);
  }

  /** The row is looked at now and once more when it is written, which a lock would have kept for us. */
  private within(writes: Write[], text: string, values: readonly unknown[]): readonly object[] {
    if (!text.includes('UPDATE consumers.checkpoints')) throw new UnknownStatement(text);
    const [name, from, to, leaseName, owner, epoch] = values as [
      string,
      number,
      number,
      string,
      string,
      number,
    ];
    const mayMove = () =>
      this.positions.get(name) === from && this.leases.isOwned({ name: leaseName, epoch }, owner);
    if (!mayMove()) return [{ moved: 0 }];
    // First of all, so that nothing is written where the checkpoint may not move.
    writes.unshift(() => {
      if (!mayMove()) throw new Error(`checkpoint ${name} was moved by another transaction`);
      this.positions.set(name, to);
      this.troubles.delete(name);
    });
    return [{ moved: 1 }];
  }
}
