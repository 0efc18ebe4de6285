import { beforeEach, describe, expect, it } from 'vitest';
import { OUTAGE_TOLD_EVERY_MS, QueueOutages } from './queue-outages.js';

let nowMs: number;
let lines: string[];
let outages: QueueOutages;

beforeEach(() => {
  nowMs = 1_000;
  lines = [];
  const write = (fields: unknown, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger = { info: write, warn: write, error: write } as never;
  outages = new QueueOutages(logger, () => nowMs);
});

describe('queues that are away', () => {
  it('are told once, and told again only while it lasts for long', () => {
    for (let times = 0; times < 100; times += 1) outages.failed(new Error('connect ECONNREFUSED'));
    expect(lines).toEqual([expect.stringContaining('the queues cannot be reached')]);
    nowMs += OUTAGE_TOLD_EVERY_MS;
    outages.failed(new Error('connect ETIMEDOUT'));
    expect(lines[1]).toContain(`"forMs":${OUTAGE_TOLD_EVERY_MS}`);
    expect(outages.current).toBe('connect ETIMEDOUT');
  });

  it('are told again when they come back and go once more', () => {
    outages.failed(new Error('first'));
    outages.answered();
    outages.answered();
    expect(outages.current).toBeNull();
    outages.failed(new Error('second'));
    expect(lines).toEqual([
      expect.stringContaining('first'),
      expect.stringContaining('the queues answer again'),
      expect.stringContaining('second'),
    ]);
  });
});

describe('what queues refuse while they answer', () => {
  const refused = () => Object.assign(new Error('invalid byte sequence'), { code: '22021' });

  it('is told as a refusal, once while it is the same, and is no outage', () => {
    for (let times = 0; times < 100; times += 1) expect(outages.failed(refused())).toBe(false);
    expect(lines).toEqual([expect.stringContaining('the queues answer, but refuse')]);
    expect(outages.current).toBeNull();
    outages.failed(new SyntaxError('Unexpected token'));
    nowMs += OUTAGE_TOLD_EVERY_MS;
    outages.failed(new SyntaxError('Unexpected token'));
    expect(lines).toHaveLength(3);
  });

  it('shows that an outage is over', () => {
    expect(outages.failed(new Error('connect ECONNREFUSED'))).toBe(true);
    outages.failed(refused());
    expect(outages.current).toBeNull();
  });
});
