import { BrokenInvariant, type HostId } from '@bulkhead/domain';
import { DriverError } from '@bulkhead/hypervisor';
import { beforeEach, describe, expect, it } from 'vitest';
import { FAILURE_TOLD_EVERY_MS, TouchFailures } from './touch-failures.js';

const HOSTS: readonly HostId[] = ['host_1', 'host_2', 'host_3'];
let lines: { fields: Record<string, unknown>; message: string }[];
let nowMs: number;
let failures: TouchFailures;

beforeEach(() => {
  lines = [];
  nowMs = 0;
  const warn = (fields: Record<string, unknown>, message: string) => {
    lines.push({ fields, message });
  };
  failures = new TouchFailures({ warn } as never, () => nowMs);
});

describe('what a worker says while it cannot observe its hosts', () => {
  it('is said once for all hosts, with the true cause, while the log cannot be folded', () => {
    for (let nr = 0; nr < 1_000; nr += 1) {
      for (const host of HOSTS) failures.note(host, new BrokenInvariant(`at ${nr}`));
      nowMs += 200;
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toContain('the log could not be followed');
    expect(lines[0]?.fields).toEqual({ repeats: 0, error: 'BrokenInvariant: at 0' });
    nowMs = FAILURE_TOLD_EVERY_MS;
    failures.note('host_1', new BrokenInvariant('still'));
    expect(lines[1]?.fields).toEqual({ repeats: 3_000, error: 'BrokenInvariant: still' });
    expect(JSON.stringify(lines)).not.toContain('lost touch');
  });

  it('blames a host only for its own silence, and once for each time that it falls silent', () => {
    const silence = () => new DriverError('UNREACHABLE', 'nobody answers');
    for (const _ of [1, 2, 3]) failures.note('host_1', silence());
    failures.note('host_2', silence());
    expect(lines.map(({ fields, message }) => [fields['host'], message])).toEqual([
      ['host_1', 'lost touch with a host'],
      ['host_2', 'lost touch with a host'],
    ]);
    failures.over('host_1');
    failures.note('host_1', silence());
    expect(lines.map(({ fields }) => fields['host'])).toEqual(['host_1', 'host_2', 'host_1']);
  });

  it('tells at once when the cause is another one', () => {
    failures.note('host_1', new DriverError('UNREACHABLE', 'nobody answers'));
    failures.note('host_1', new DriverError('STALE_FENCE', 'another worker holds it'));
    failures.note('host_1', new Error('Connection terminated'));
    expect(lines.map(({ fields }) => fields['code'] ?? fields['error'])).toEqual([
      'UNREACHABLE',
      'STALE_FENCE',
      'Error: Connection terminated',
    ]);
  });
});
