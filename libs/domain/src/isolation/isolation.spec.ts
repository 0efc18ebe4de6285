import { describe, expect, it } from 'vitest';
import {
  decisionInputs,
  hostSpec,
  idOf,
  image,
  linuxImage,
  policy,
  request,
  unknownImage,
  windows,
} from '../../../../test/domain/builders.js';
import type { TenantId } from '../ids.js';
import { breachOf } from './breach.js';
import { decideFloor, type FloorQuestion } from './decide-floor.js';
import { decideIsolation, type IsolationQuestion } from './decide-isolation.js';
import type { DecisionInputs } from './decision.js';
import { tellRules } from './explain.js';

const tenantId = idOf('ten', 1) as TenantId;
const own = `own:${tenantId}` as const;

function ask(inputs: Partial<DecisionInputs> = {}, more: Partial<IsolationQuestion> = {}) {
  return decideIsolation({
    inputs: decisionInputs(inputs),
    policy,
    policyVersion: 1,
    unrunnableBecause: null,
    ...more,
  });
}

function decided(...question: Parameters<typeof ask>) {
  const answer = ask(...question);
  if (answer.refused) throw new Error(`refused: ${answer.code}`);
  const { isolation, reasons } = answer.decision;
  return { isolation, rules: reasons.map((reason) => reason.rule), decision: answer.decision };
}

describe('how strong the wall must be', () => {
  it('lets a vetted image of a standard tenant share a kernel inside its own boundary', () => {
    const { isolation, rules, decision } = decided();
    expect([isolation, rules]).toEqual(['process', []]);
    expect(decision.trustBoundary).toBe(own);
    expect(decision.alternatives).toEqual([{ isolation: 'hyperv', turnedDownBy: [] }]);
  });

  it.each([
    ['tenant-hostile', { trust: 'hostile' }],
    ['requested', { requested: 'hyperv' }],
    ['untrusted-publisher', { image: unknownImage }],
    ['untrusted-publisher', { image: image({ publisher: 'stranger' }) }],
    ['untrusted-publisher', { image: image({ publisher: null }) }],
    ['foreign-os', { image: linuxImage }],
    [
      'kernel-mismatch',
      { hostVersion: windows(26100), image: image({ osVersion: windows(17763) }) },
    ],
  ] as const)('gives a utility VM and says why: %s', (rule, inputs) => {
    const { isolation, rules, decision } = decided(inputs);
    expect([isolation, rules]).toEqual(['hyperv', [rule]]);
    expect(decision.alternatives).toEqual([{ isolation: 'process', turnedDownBy: [rule] }]);
    expect(decision.reasons[0]?.because).not.toBe('');
  });

  it('gives a utility VM when patience for a kernel of the boundary is over', () => {
    expect(decided({ kernelPatienceOver: true }).rules).toEqual(['kernel-unavailable']);
  });

  it('does not fire kernel-mismatch where the host can run the image, or for a Linux image', () => {
    expect(decided({ hostVersion: windows(20348) }).rules).toEqual([]);
    expect(decided({ hostVersion: windows(20348), image: linuxImage }).rules).toEqual([
      'foreign-os',
    ]);
  });

  it('names every rule that fired, not only the first', () => {
    const { rules } = decided({ trust: 'hostile', requested: 'hyperv', image: unknownImage });
    expect(rules).toEqual(['tenant-hostile', 'requested', 'untrusted-publisher']);
  });

  it('raises a plain request for process, with the reasons', () => {
    expect(decided({ trust: 'hostile', requested: 'process' }).isolation).toBe('hyperv');
  });

  it('refuses a strict request for process that would have to be raised', () => {
    expect(ask({ trust: 'hostile', requested: 'process', strict: true })).toMatchObject({
      refused: true,
      code: 'ISOLATION_REFUSED',
      reasons: [{ rule: 'tenant-hostile' }],
    });
  });

  it('never goes below what was decided before, even when nothing asks for it any more', () => {
    expect(decided({ floor: 'hyperv' }).decision).toMatchObject({
      isolation: 'hyperv',
      reasons: [{ rule: 'never-lowered' }],
      alternatives: [{ isolation: 'process', turnedDownBy: ['never-lowered'] }],
    });
    expect(decided({ floor: 'process' }).isolation).toBe('process');
  });

  it('lets any refusal win over everything else', () => {
    const revoked = ask({ trust: 'hostile', image: image({ revoked: true }) });
    expect(revoked).toMatchObject({ refused: true, code: 'UNPLACEABLE' });
    const unrunnable = ask({}, { unrunnableBecause: 'no host has that much' });
    expect(unrunnable).toMatchObject({
      refused: true,
      reasons: [{ rule: 'image-unrunnable', because: 'no host has that much' }],
    });
  });

  it('records what it looked at, with the versions of policy and compatibility', () => {
    const { decision } = decided({ hostVersion: windows(22621) });
    expect(decision).toMatchObject({
      policyVersion: 1,
      compatibilityVersion: 1,
      inputs: { trust: 'standard', hostVersion: windows(22621) },
      warnings: [{ code: 'client-host' }],
    });
  });

  it('tells every rule with its text', () => {
    expect(tellRules(policy).map((rule) => rule.id)).toEqual([
      'image-unrunnable',
      'host-access',
      'tenant-hostile',
      'tenant-floor',
      'requested',
      'never-lowered',
      'untrusted-publisher',
      'elevated',
      'foreign-os',
      'kernel-mismatch',
      'open-advisory',
      'kernel-unavailable',
      'template-void',
      'template-boundary',
    ]);
  });
});

function floor(changes: Partial<FloorQuestion> = {}) {
  return decideFloor({
    tenantId,
    trust: 'standard',
    trustBoundary: own,
    request: request(),
    image: image(),
    floor: null,
    policy,
    policyVersion: 1,
    hosts: [hostSpec(1)],
    ...changes,
  });
}

describe('the floor at submission', () => {
  it('lets an empty fleet wait for its first host', () => {
    expect(floor({ hosts: [], image: unknownImage }).refused).toBe(false);
  });

  it('refuses an image that is newer than every host', () => {
    const answer = floor({ image: image({ osVersion: windows(26100) }) });
    expect(answer).toMatchObject({ refused: true, code: 'UNPLACEABLE' });
  });

  it('refuses an image of another architecture', () => {
    expect(floor({ image: image({ architecture: 'arm64' }) }).refused).toBe(true);
  });

  it('refuses more than the largest host has', () => {
    const resources = { cpuMillis: 8_001, memoryMiB: 1 };
    expect(floor({ request: request({ resources }) })).toMatchObject({
      refused: true,
      reasons: [{ rule: 'image-unrunnable' }],
    });
  });

  it("counts a utility VM's reserve where only a utility VM is allowed", () => {
    const resources = { cpuMillis: 8_000, memoryMiB: 1 };
    expect(floor({ request: request({ resources }) }).refused).toBe(false);
    expect(floor({ request: request({ resources }), trust: 'hostile' }).refused).toBe(true);
  });

  it('needs a host with Hyper-V where only a utility VM is allowed', () => {
    const hosts = [hostSpec(1, { hypervPresent: false })];
    expect(floor({ hosts }).refused).toBe(false);
    expect(floor({ hosts, trust: 'hostile' })).toMatchObject({
      refused: true,
      code: 'UNPLACEABLE',
    });
  });

  it('refuses a strict request for process that no kernel of the fleet can run', () => {
    const older = image({ osVersion: windows(17763) });
    const strictly = request({ isolation: 'process', strict: true });
    expect(floor({ image: older, request: strictly })).toMatchObject({ code: 'UNPLACEABLE' });
    expect(floor({ image: older, request: request({ isolation: 'process' }) }).refused).toBe(false);
  });

  it('keeps hyperv where it was decided before', () => {
    expect(floor({ floor: 'hyperv' })).toMatchObject({ decision: { isolation: 'hyperv' } });
  });
});

describe('whether a silo may go on after its tenant has changed', () => {
  const silo = { isolation: 'process', trustBoundary: own } as const;

  it.each([
    ['a silo of a tenant that became hostile', silo, 'hostile', own, 'trust-changed'],
    [
      'a silo of a boundary that its tenant has left',
      silo,
      'trusted',
      'group:red',
      'boundary-changed',
    ],
    ['a silo of an unchanged tenant', silo, 'standard', own, null],
    [
      'a utility VM, whatever its tenant has become',
      { isolation: 'hyperv', trustBoundary: own },
      'hostile',
      'group:red',
      null,
    ],
  ] as const)('%s', (_title, placed, trust, trustBoundary, cause) => {
    expect(breachOf(placed, { trust, trustBoundary })).toBe(cause);
  });
});
