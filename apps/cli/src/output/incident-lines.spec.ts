import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { incidentLines, type ShownIncident } from './incident-lines.js';

const plain = pc.createColors(false);
const shown: ShownIncident = {
  id: 'inc_1',
  kind: 'escape-attempt',
  hostId: 'host_1',
  workloadId: 'wl_1',
  tenantId: 'ten_1',
  quarantine: 'began',
  note: 'a handle to the host',
  status: 'open',
  reportedAt: '2026-11-21T10:42:00.000Z',
  containment: null,
};

describe('incidents for a person', () => {
  it('say what was seen, where, and whom the reporter suspects', () => {
    expect(incidentLines([shown], plain)).toEqual([
      'inc_1  escape-attempt on host_1, suspected wl_1 of ten_1; open; quarantine began',
      '  2026-11-21T10:42:00.000Z: a handle to the host',
    ]);
  });

  it('say what was done about one that is contained', () => {
    const containment = { at: '2026-11-21T11:00:00.000Z', note: 'the image was revoked' };
    const gone = { workloadId: null, tenantId: null, quarantine: 'host-retired' };
    const contained = { ...shown, ...gone, status: 'contained', containment };
    const lines = incidentLines([contained], plain);
    expect(lines[0]).toBe(
      'inc_1  escape-attempt on host_1; contained; the host had left the fleet',
    );
    expect(lines[2]).toBe('  2026-11-21T11:00:00.000Z: the image was revoked');
  });

  it('say so where there are none', () => {
    expect(incidentLines([], plain)).toEqual(['no incident was reported']);
  });
});
