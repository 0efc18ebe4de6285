import pc from 'picocolors';
import { expect, it } from 'vitest';
import { auditEventLines } from './audit-event-lines.js';

const plain = pc.createColors(false);
const at = '2026-11-21T10:42:00.000Z';
const by = (id: string) => ({ actor: { kind: 'system', id } });

it('tells auditors of each event when, what, of which stream and tenant, and by whom', () => {
  const times = { occurredAt: at, recordedAt: at };
  const placed = { attempt: 1, hostId: 'host_7', isolation: 'hyperv' };
  const events = [
    {
      ...{ ...times, position: 9, type: 'WorkloadPlaced', stream: 'wl_1', tenant: 'ten_1' },
      ...{ metadata: by('placer'), payload: placed },
    },
    {
      ...{ ...times, position: 10, type: 'HostCordoned', stream: 'host_7', tenant: null },
      ...{ metadata: by('cred_1'), payload: { reason: 'a fan' } },
    },
  ];
  expect(auditEventLines(events, plain)).toEqual([
    ` 9  ${at}  WorkloadPlaced  wl_1  of ten_1  by placer  attempt=1 isolation=hyperv host=host_7`,
    `10  ${at}  HostCordoned    host_7  by cred_1  reason=a fan`,
  ]);
  expect(auditEventLines([], plain)).toEqual(['no event matches']);
});
