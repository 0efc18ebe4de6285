import { VirtualTime } from '@bulkhead/hypervisor/simulated';
import { beforeEach, describe, expect, it } from 'vitest';
import { ANSWERED_WITHIN_MS, BoundedQuestions } from './bounded-questions.js';

const LATE = `no answer within ${ANSWERED_WITHIN_MS} ms`;

let time: VirtualTime;
let questions: BoundedQuestions;
let asked: string[];
/** What is silent never answers; everything else does at once. */
let silent: Set<string>;

beforeEach(() => {
  time = new VirtualTime(0);
  questions = new BoundedQuestions(time);
  asked = [];
  silent = new Set();
});

/** What one who asks gets to know, in time or not. */
function ask(name: string): Promise<string> {
  const question = () => {
    asked.push(name);
    return silent.has(name) ? new Promise<string>(() => {}) : Promise.resolve('well');
  };
  return questions.ask(name, question).catch(({ message }: Error) => message);
}

async function late(...names: string[]): Promise<void> {
  const answers = names.map(ask);
  time.advance(ANSWERED_WITHIN_MS);
  expect(await Promise.all(answers)).toEqual(names.map(() => LATE));
}

describe('how a worker is', () => {
  it('is known again with the next probe, where one connection died without a word', async () => {
    silent.add('head');
    await late('head');
    silent.clear();
    for (let times = 0; times < 3; times += 1) expect(await ask('head')).toBe('well');
  });

  it('is asked once for all who probe it at a time', async () => {
    expect(await Promise.all([ask('head'), ask('head'), ask('tree')])).toEqual(
      Array.from({ length: 3 }, () => 'well'),
    );
    expect(asked).toEqual(['head', 'tree']);
  });

  it('is asked of a server that says nothing at most twice, however often it is probed', async () => {
    silent.add('head');
    for (let times = 0; times < 5; times += 1) await late('head', 'head');
    expect(asked).toEqual(['head', 'head']);
  });

  it('takes no connection from the work of the worker twice, where nothing at all is answered', async () => {
    const all = ['head', 'tree', 'queues', 'lag of dispatch', 'lag of webhooks'];
    silent = new Set(all);
    for (let times = 0; times < 3; times += 1) await late(...all);
    expect(asked).toEqual(all);
  });
});
