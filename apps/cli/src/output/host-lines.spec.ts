import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { hostDetailLines, hostLines, type ShownHost, templateLines } from './host-lines.js';

const plain = pc.createColors(false);
const shown: ShownHost = {
  id: 'host_1',
  name: 'win2025-a',
  status: 'up',
  statusReason: null,
  osVersion: '10.0.26100.1742',
  architecture: 'amd64',
  cpuMillis: 32_000,
  memoryMiB: 65_536,
  hypervPresent: true,
  labels: { zone: 'a', rack: '7' },
  cordoned: false,
  cordonReason: null,
  drain: null,
  quarantine: null,
  reboot: null,
  boot: { kernelInstanceId: 'ki_1', bootedAt: '2026-11-20T08:01:00.000Z' },
};
const ROW = 'host_1  up  win2025-a  10.0.26100.1742 amd64, 32000 cpuMillis, 65536 MiB, utility VMs';

describe('hosts for a person', () => {
  it('are one a row, in columns, or none', () => {
    const lost = { ...shown, id: 'host_2', status: 'lost', hypervPresent: false };
    expect(hostLines([shown, lost], plain)).toEqual([
      ROW.replace('up ', 'up   '),
      'host_2  lost  win2025-a  10.0.26100.1742 amd64, 32000 cpuMillis, 65536 MiB, no utility VMs',
    ]);
    expect(hostLines([], plain)).toEqual(['no host was registered']);
  });

  it('tell why somebody declared one off', () => {
    const fenced = { ...shown, status: 'fenced', statusReason: 'the rack is dark' };
    expect(hostLines([fenced], plain)[1]).toBe('  fenced: the rack is dark');
  });

  it('tell alone also of the kernel and the labels', () => {
    expect(hostDetailLines(shown, plain)).toEqual([
      ROW,
      '  kernel: ki_1, booted 2026-11-20T08:01:00.000Z',
      '  labels: zone=a, rack=7',
    ]);
  });

  it('say everything that keeps new work away, and why', () => {
    const at = '2026-11-21T10:42:00.000Z';
    const held: ShownHost = {
      ...shown,
      cordoned: true,
      cordonReason: 'odd fan noise',
      drain: { evictAt: at, drainedAt: null, reason: 'new firmware' },
      quarantine: { since: at, stop: true, reason: 'incident inc_1' },
      reboot: { requestedAt: at, trustBoundary: 'own:ten_1' },
    };
    expect(hostLines([held], plain).slice(1)).toEqual([
      '  cordoned: odd fan noise',
      `  draining, and evicting what is left at ${at}: new firmware`,
      `  in quarantine since ${at}, what ran there was stopped: incident inc_1`,
      '  is to boot anew, for the boundary own:ten_1',
    ]);
    const drained = { ...shown, drain: { evictAt: null, drainedAt: at, reason: null } };
    expect(hostLines([drained], plain)[1]).toBe(`  drained, and empty since ${at}`);
  });
});

describe('templates for a person', () => {
  it('say of whom they are, and how many hold their pages', () => {
    const saved = {
      id: 'tpl_1',
      status: 'saved',
      image: 'example.org/tool:1',
      trustBoundary: 'own:ten_1',
      warmCopies: 1,
      retirement: null,
      holders: [{ clones: 2 }, { clones: 1 }],
    };
    const retired = { ...saved, id: 'tpl_2', status: 'retired', holders: [], warmCopies: 0 };
    const lines = templateLines([saved, { ...retired, retirement: 'image-revoked' }], plain);
    expect(lines).toEqual([
      'tpl_1  saved  example.org/tool:1 of own:ten_1: 3 clones, 1 warm copy',
      'tpl_2  retired (image-revoked)  example.org/tool:1 of own:ten_1: 0 clones, 0 warm copies',
    ]);
    expect(templateLines([], plain)).toEqual(['the host has saved no template in this boot']);
  });
});
