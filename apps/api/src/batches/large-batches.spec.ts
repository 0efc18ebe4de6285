import type { TenantId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../../test/domain/builders.js';
import { RequestProblem } from '../problems/problem.js';
import { LARGE_BATCHES_MAX, LARGE_FROM_TASKS, LargeBatches } from './large-batches.js';

const tenantOf = (letter: string) => idOf('ten', letter.charCodeAt(0)) as TenantId;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Batches by name, the first letter of which is their tenant. */
class Submitted {
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  private readonly ends = new Map<string, (outcome: 'ends' | 'fails') => void>();
  private readonly large = new LargeBatches();

  async send(name: string, tasks = LARGE_FROM_TASKS): Promise<void> {
    const work = () =>
      new Promise<void>((resolve, reject) => {
        this.begun.push(name);
        this.ends.set(name, (outcome) =>
          outcome === 'ends' ? resolve() : reject(new Error(name)),
        );
      });
    this.large.run(tenantOf(name), tasks, work).catch((error: unknown) => {
      if (error instanceof RequestProblem) this.refused.push(`${name} ${error.facts.status}`);
    });
    await settle();
  }

  async end(name: string, outcome: 'ends' | 'fails' = 'ends'): Promise<void> {
    this.ends.get(name)?.(outcome);
    await settle();
  }
}

describe('large batches', () => {
  it('are worked on one at a time for each tenant, in turns of the tenants', async () => {
    const sent = new Submitted();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) await sent.send(name);
    expect(sent.begun).toEqual(['a1', 'b1']);
    await sent.end('a1');
    // Its second stands in line longer than any of another tenant.
    expect(sent.begun.slice(2)).toEqual(['a2']);
    await sent.end('a2', 'fails');
    expect(sent.begun.slice(3)).toEqual(['c1']);
    await sent.end('c1');
    await sent.end('b1');
    expect(sent.begun.slice(4)).toEqual(['a3', 'b2']);
    expect(sent.refused).toEqual([]);
  });

  it('keep small ones waiting for nothing', async () => {
    const sent = new Submitted();
    for (const name of ['a1', 'b1', 'c1']) await sent.send(name);
    await sent.send('a2', LARGE_FROM_TASKS - 1);
    expect(sent.begun).toEqual(['a1', 'b1', 'a2']);
  });

  it('are told to come back where too many wait, of their tenant or of all', async () => {
    const sent = new Submitted();
    const { waiting, waitingOfOneTenant } = LARGE_BATCHES_MAX;
    for (let nr = 0; nr <= waitingOfOneTenant + 1; nr += 1) await sent.send(`a${nr}`);
    expect(sent.refused).toEqual([`a${waitingOfOneTenant + 1} 503`]);
    await sent.send('b');
    const names = Array.from({ length: waiting - waitingOfOneTenant + 1 }, (_, nr) =>
      String.fromCharCode('c'.charCodeAt(0) + nr),
    );
    for (const name of names) await sent.send(name);
    expect(sent.refused.slice(1)).toEqual([`${names.at(-1)} 503`]);
    expect(sent.begun).toEqual(['a0', 'b']);
  });
});
