import type { RecordedEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { METADATA, noted } from '../../../libs/event-store/src/log/samples.contract.js';
import { inOneLine, type WriterNote } from './notes.js';
import { judge } from './verdict.js';

const at = (position: number, reason: string): RecordedEvent => ({
  position,
  eventId: `event-${position}`,
  stream: `wl_${reason.split('/')[0]}`,
  version: Number(reason.split('/')[1]) + 1,
  recordedAtMs: 1_000 + position,
  tenant: 'ten_a',
  event: noted(reason),
  metadata: METADATA,
});

const events = [at(1, 'a/0'), at(2, 'a/1'), at(3, 'b/0')];
const notes: WriterNote[] = [
  { did: 'sent', id: 'a', events: 2 },
  { did: 'recorded', id: 'a', firstPosition: 1 },
  { did: 'sent', id: 'b', events: 1 },
  { did: 'sent', id: 'c', events: 1 },
  { did: 'dropped', id: 'c' },
];
const seen = events.map(inOneLine);
const wrongWith = (
  changed: readonly RecordedEvent[],
  told: readonly WriterNote[] = notes,
  saw: readonly string[] = changed.map(inOneLine),
) => judge(changed, told, [saw]).wrong;

describe('the verdict over a load', () => {
  it('finds nothing wrong with what was recorded whole, dropped, or never answered', () => {
    expect(judge(events, notes, [seen])).toEqual({
      wrong: [],
      counts: { events: 3, recorded: 1, dropped: 1, unknown: 1 },
    });
  });

  it.each<[string, readonly RecordedEvent[]]>([
    ['a gap', [at(1, 'a/0'), at(2, 'a/1'), at(4, 'b/0')]],
    ['an acknowledged append that is gone', [at(1, 'b/0')]],
    ['an acknowledged append that is there in part', [at(1, 'a/0'), at(2, 'b/0')]],
    ['an acknowledged append that is there twice', [...events, at(4, 'a/0'), at(5, 'a/1')]],
    ['an acknowledged append in another place', [at(1, 'b/0'), at(2, 'a/0'), at(3, 'a/1')]],
    ['one that was rolled back', [...events, at(4, 'c/0')]],
    ['one that nobody sent', [...events, at(4, 'd/0')]],
    [
      'a time that goes backwards',
      [at(1, 'a/0'), at(2, 'a/1'), { ...at(3, 'b/0'), recordedAtMs: 1 }],
    ],
  ])('finds %s', (_, changed) => expect(wrongWith(changed)).not.toEqual([]));

  it.each<[string, readonly string[]]>([
    ['misses a position', [seen[0] ?? '', seen[2] ?? '']],
    ['sees a position twice', [...seen.slice(0, 2), seen[1] ?? '', seen[2] ?? '']],
    ['stops early', seen.slice(0, 2)],
    ['sees something else', [...seen.slice(0, 2), '3 wl_x@1 x/0']],
  ])('finds a reader that %s', (_, saw) => expect(wrongWith(events, notes, saw)).toHaveLength(1));
});
