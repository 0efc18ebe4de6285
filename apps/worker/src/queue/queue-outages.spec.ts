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
  const logger = { info: write, warn: write } as never;
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
