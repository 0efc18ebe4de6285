import { readFileSync } from 'node:fs';
import { simulatedFaultIds } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './catalogue.js';

const guide = readFileSync(
  new URL('../../../../../docs/guides/simulated-hosts.md', import.meta.url),
  'utf8',
);

describe('the guide to simulated hosts', () => {
  it.each(simulatedFaultIds)(
    'tells what %s does, how often it is assumed to come, and why',
    (fault) => {
      const { sentence, rate, evidence } = FAULTS[fault];
      const row = `| \`${fault}\` | ${sentence} | ${rate.value} ${rate.unit} | ${evidence} |`;
      expect(guide).toContain(row);
    },
  );
});
