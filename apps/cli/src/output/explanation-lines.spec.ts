import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { explanationLines, type ShownExplanation } from './explanation-lines.js';

const plain = pc.createColors(false);
const decision = {
  refusal: null,
  isolation: 'process',
  boundary: 'own:ten_1',
  rules: [
    {
      id: 'requested',
      text: 'It is granted.',
      effect: 'hyperv',
      outcome: 'did-not-fire',
      because: null,
    },
    {
      id: 'kernel-mismatch',
      text: 'A VM.',
      effect: 'hyperv',
      outcome: 'fired',
      because: 'no silo',
    },
  ],
  warnings: [],
  policyVersion: 1,
};
const explained: ShownExplanation = {
  ...decision,
  tenant: 'ten_1',
  image: 'app:1',
  placement: null,
};
const able = {
  hostId: 'host_2',
  kernelFirst: true,
  points: 92.5,
  preferences: { packing: 90.5, spread: 2 },
};
const turnedDown = {
  cause: 'cordoned',
  count: 5,
  hosts: [1, 3, 4, 5].map((nr) => ({ hostId: `host_${nr}`, detail: 'it is cordoned' })),
};

describe('an explanation, for a person', () => {
  it('says first that it would be refused, and whether only because it is strict', () => {
    const refusal = { code: 'ISOLATION_REFUSED', strict: true };
    const [strict] = explanationLines({ ...explained, refusal }, plain);
    expect(strict).toBe('would be refused: ISOLATION_REFUSED, because it is strict');
    const [other] = explanationLines(
      { ...explained, refusal: { ...refusal, strict: false } },
      plain,
    );
    expect(other).toBe('would be refused: ISOLATION_REFUSED');
  });

  it('says before all else what the submission would be turned away over', () => {
    const turnedAway = { code: 'TENANT_SUSPENDED', detail: 'Nothing can be submitted.' };
    const lines = explanationLines({ ...explained, turnedAway }, plain);
    expect(lines.slice(0, 3)).toEqual([
      'would be turned away: TENANT_SUSPENDED',
      '  Nothing can be submitted.',
      'otherwise',
    ]);
    expect(lines.slice(3)).toEqual(explanationLines({ ...explained, turnedAway: null }, plain));
  });

  it('tells which rules policy has switched off, also where only a host would tell more', () => {
    const rule = (id: string, outcome: string) => {
      return { id, text: 'A rule.', effect: 'hyperv', outcome, because: null };
    };
    const rules = [rule('open-advisory', 'off'), rule('mismatch', 'decided-at-placement')];
    expect(explanationLines({ ...explained, rules }, plain).slice(-2)).toEqual([
      'open-advisory  off by policy  A rule.',
      'mismatch       at placement   A rule.',
    ]);
  });

  it('tells an operator the host, what holds there, its points, and who was turned down for what', () => {
    const chosen = {
      hostId: 'host_2',
      claimsKernel: true,
      reserved: { cpuMillis: 600, memoryMiB: 512 },
      decision: { ...decision, isolation: 'hyperv' },
    };
    const walls = [
      { isolation: 'hyperv', able: { count: 1, hosts: [able] }, turnedDown: [turnedDown] },
    ];
    const placement = { position: 40, outcome: 'place', waits: null, chosen, walls };
    const lines = explanationLines({ ...explained, placement }, plain);
    expect(lines.slice(lines.indexOf('', 5) + 1)).toEqual([
      'would go to host_2 with isolation hyperv, claiming its kernel',
      '  as of position 40, were it the next in line',
      '  takes 600 cpuMillis and 512 MiB there',
      '  kernel-mismatch: no silo',
      '',
      'hyperv: 1 host could take it now',
      '  * host_2  kernel first, 92.5 points (packing 90.5, spread 2.0)',
      '  cordoned  5 hosts',
      '      host_1  it is cordoned',
      '      host_3  it is cordoned',
      '      host_4  it is cordoned',
      '      and 2 more',
    ]);
  });

  it('marks the host behind the wall that it would get, and not behind the other', () => {
    const reserved = { cpuMillis: 500, memoryMiB: 256 };
    const chosen = { hostId: 'host_2', claimsKernel: false, reserved, decision };
    const walls = ['process', 'hyperv'].map((isolation) => ({
      isolation,
      able: { count: 1, hosts: [able] },
      turnedDown: [],
    }));
    const placement = { position: 40, outcome: 'place', waits: null, chosen, walls };
    const lines = explanationLines({ ...explained, placement }, plain);
    const marks = lines.filter((line) => line.includes('host_2  ')).map((line) => line.slice(0, 4));
    expect(marks).toEqual(['  * ', '    ']);
  });

  it('tells what else holds at the host: rules that are off, warnings, and no reason twice', () => {
    const rule = (id: string, outcome: string, because: string) => {
      return { id, text: 'A rule.', effect: 'hyperv', outcome, because };
    };
    const rules = [
      rule('requested', 'fired', 'it was asked for'),
      rule('never-lowered', 'fired', 'an earlier decision gave it'),
      rule('open-advisory', 'silenced', 'the kernel is broken'),
    ];
    const warnings = [{ code: 'open-advisory', because: 'the hypervisor is broken' }];
    const atHost = { ...decision, isolation: 'hyperv', rules, warnings };
    const reserved = { cpuMillis: 500, memoryMiB: 256 };
    const chosen = { hostId: 'host_2', claimsKernel: false, reserved, decision: atHost };
    const placement = { position: 40, outcome: 'place', waits: null, chosen, walls: [] };
    const lines = explanationLines({ ...explained, warnings, placement }, plain);
    expect(lines).toContain('  warning    open-advisory: the hypervisor is broken');
    expect(lines.slice(-3)).toEqual([
      '  requested: it was asked for',
      '  off by policy: open-advisory: the kernel is broken',
      '  warning: open-advisory: the hypervisor is broken',
    ]);
  });

  it('tells an operator why it would wait', () => {
    const waits = { cause: 'cpu', detail: 'not enough CPU is free' };
    const placement = { position: 40, outcome: 'defer', waits, chosen: null, walls: [] };
    expect(explanationLines({ ...explained, placement }, plain)).toContain(
      'would wait: cpu: not enough CPU is free',
    );
    const never = { ...placement, outcome: 'reject', waits: null };
    expect(explanationLines({ ...explained, placement: never }, plain)).toContain(
      'no host could ever take it',
    );
  });
});
