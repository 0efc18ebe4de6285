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
import { templatePolicy } from '../../../../test/domain/templates.js';
import type { AdvisoryId, TenantId, WorkloadId } from '../ids.js';
import type { Policy } from '../policy/events.js';
import type { SubmitWorkload } from '../workload/commands.js';
import { workloadDecider } from '../workload/decide.js';
import { explainSubmission } from '../workload/decide-submission.js';
import { cloneRules } from './clone-rules.js';
import { compatibilityTable } from './compatibility.js';
import { decideIsolation } from './decide-isolation.js';
import type { DecisionInputs } from './decision.js';
import { explainAnswer, type RuleOutcome } from './explain.js';
import { isolationRules } from './rules.js';

const tenantId = idOf('ten', 1) as TenantId;
const inputs: DecisionInputs = decisionInputs();

function submission(changes: Partial<SubmitWorkload> = {}): SubmitWorkload {
  const workloadId = idOf('wl', 1) as WorkloadId;
  const { trust, trustBoundary } = inputs;
  return {
    kind: 'submit-workload',
    workloadId,
    tenantId,
    batch: null,
    request: request(),
    image: image(),
    trust,
    trustBoundary,
    policy,
    policyVersion: 7,
    hosts: [hostSpec(1)],
    nowMs: 0,
    ...changes,
  };
}

const outcomes = (explained: ReturnType<typeof explainSubmission>) =>
  Object.fromEntries(explained.rules.map(({ id, outcome }) => [id, outcome]));
const strictly = request({ isolation: 'process', strict: true });

describe('a submission that is explained', () => {
  it('is told every rule once, in the order of the table, those about a host left open', () => {
    const explained = explainSubmission(submission());
    expect(explained).toMatchObject({ refusal: null, isolation: 'process', policyVersion: 7 });
    const table = [...isolationRules, ...cloneRules];
    expect(explained.rules.map(({ id }) => id)).toEqual(table.map(({ id }) => id));
    const open = explained.rules.filter(({ outcome }) => outcome === 'decided-at-placement');
    expect(open.map(({ id }) => id)).toEqual([
      'kernel-mismatch',
      'open-advisory',
      'kernel-unavailable',
    ]);
    for (const { inputs: told } of open) expect(told).not.toHaveProperty('hostVersion');
  });

  it.each([
    ['of a hostile tenant', { trust: 'hostile' }, 'tenant-hostile'],
    ['that asks for a utility VM', { request: request({ isolation: 'hyperv' }) }, 'requested'],
    ['of an unknown image', { image: unknownImage }, 'untrusted-publisher'],
    ['of a Linux image', { image: linuxImage }, 'foreign-os'],
    ['of a revoked image', { image: image({ revoked: true }) }, 'image-unrunnable'],
    [
      'of an image for another architecture',
      { image: image({ architecture: 'arm64' }) },
      'image-unrunnable',
    ],
    ['that wants a device', { request: request({ hostAccess: ['device'] }) }, 'host-access'],
  ] as const)('names the rule %s with its reason', (_title, changes, rule) => {
    const told = explainSubmission(submission(changes)).rules.find(({ id }) => id === rule);
    expect(told).toMatchObject({ outcome: 'fired', on: true });
    expect(told?.because).toMatch(/\w+ \w+/);
  });

  it.each([
    ['accepted', {}],
    ['raised', { trust: 'hostile', image: unknownImage }],
    ['refused because it is strict', { trust: 'hostile', request: strictly }],
    ['refused because no host could ever run it', { image: image({ revoked: true }) }],
  ] as const)('is answered exactly as the submission would be: %s', (_title, changes) => {
    const command = submission(changes);
    const decided = workloadDecider.decide(command, workloadDecider.initialState);
    if (!decided.accepted) throw new Error(decided.rejection.code);
    const { type, payload } = decided.events[1] ?? { type: '', payload: {} };
    const explained = explainSubmission(command);
    const fired = explained.rules
      .filter(({ outcome }) => outcome === 'fired')
      .map(({ id, effect, because }) => ({ rule: id, effect, because }));
    expect(explained.refusal !== null).toBe(type === 'WorkloadRejected');
    expect(payload).toMatchObject(
      explained.refusal === null
        ? { decision: { isolation: explained.isolation, reasons: fired } }
        : { code: explained.refusal.code, reasons: fired },
    );
  });

  it('says where only the strictness of the request refuses it', () => {
    const ask = (changes: Partial<SubmitWorkload>) =>
      explainSubmission(submission(changes)).refusal;
    const code = 'ISOLATION_REFUSED';
    expect(ask({ trust: 'hostile', request: strictly })).toEqual({ code, strict: true });
    const device = request({ hostAccess: ['device'] });
    expect(ask({ request: device })).toEqual({ code, strict: false });
  });

  it('names a rule that would have fired, but that policy has switched off', () => {
    const rulesOff = ['untrusted-publisher'];
    const explained = explainSubmission(
      submission({ image: unknownImage, policy: { ...policy, rulesOff } }),
    );
    expect(explained.isolation).toBe('process');
    expect(explained.rules.find(({ id }) => id === 'untrusted-publisher')).toMatchObject({
      on: false,
      outcome: 'silenced',
      because: 'image example.org/mystery:1 is not in the catalogue',
    });
  });
});

describe('a rule of clones, where policy lets hosts save templates', () => {
  const withTemplates: Policy = { ...policy, templates: templatePolicy };
  const toldOf = (changes: Partial<SubmitWorkload>) =>
    outcomes(explainSubmission(submission({ policy: withTemplates, ...changes })));

  it('is open for whoever gets a utility VM, or may still get one on the host that it comes to', () => {
    const open = { 'template-void': 'decided-at-placement' };
    expect(toldOf({ trust: 'hostile' })).toMatchObject(open);
    expect(toldOf({})).toMatchObject(open);
  });

  it('has nothing to say where the request for process is strict, or policy has no templates', () => {
    const silent = { 'template-void': 'did-not-fire', 'template-boundary': 'did-not-fire' };
    expect(toldOf({ request: strictly })).toMatchObject(silent);
    expect(toldOf({ policy })).toMatchObject(silent);
  });
});

describe('a rule about a host that policy has switched off', () => {
  const rulesOff = ['open-advisory', 'kernel-unavailable'];

  it('is told as off, and not as one that the placement decides', () => {
    const told = outcomes(explainSubmission(submission({ policy: { ...policy, rulesOff } })));
    expect(told).toMatchObject({
      'kernel-mismatch': 'decided-at-placement',
      'open-advisory': 'off',
      'kernel-unavailable': 'off',
    });
  });
});

describe('a decision for a host', () => {
  it('leaves no rule open', () => {
    const question = { inputs: { ...inputs, hostVersion: windows(26100) }, policy };
    const answer = decideIsolation({ ...question, policyVersion: 1, unrunnableBecause: null });
    const told: readonly RuleOutcome[] = Object.values(outcomes(explainAnswer(answer, policy, 1)));
    expect(new Set(told)).toEqual(new Set(['did-not-fire']));
  });
});

/** Notes every field that is read of it, and none of what is read of the fields. */
function watched<T extends object>(target: T, seen: (name: string) => void): T {
  return new Proxy(target, {
    get: (of, name, receiver) => {
      seen(String(name));
      return Reflect.get(of, name, receiver);
    },
  });
}

describe('what a rule says that it reads', () => {
  const richPolicy: Policy = {
    ...policy,
    elevatedUsers: ['admin'],
    riskyCapabilities: ['SYS_ADMIN'],
  };
  const situations: readonly Partial<DecisionInputs>[] = [
    {},
    { trust: 'hostile', hostAccess: ['device'] },
    { hostAccess: ['device'], user: 'admin', capabilities: ['SYS_ADMIN'], requested: 'hyperv' },
    { image: unknownImage, floor: 'hyperv', kernelPatienceOver: true, user: 'root' },
    { hostVersion: windows(26100), openAdvisories: [idOf('adv', 1) as AdvisoryId] },
    { hostVersion: windows(14393), image: linuxImage, capabilities: ['NET_RAW'] },
  ];

  it.each(isolationRules.map((rule) => [rule.id, rule] as const))(
    '%s reads all of it, and nothing else',
    (_id, rule) => {
      const seen = new Set<string>();
      for (const situation of situations) {
        const context = watched(
          {
            inputs: watched({ ...inputs, ...situation }, (name) => seen.add(name)),
            policy: richPolicy,
            compatibility: compatibilityTable(1),
            unrunnableBecause: null,
          },
          (name) => seen.add(name === 'unrunnableBecause' ? 'fleet' : name),
        );
        rule.fires(context);
      }
      seen.delete('inputs');
      expect([...seen].sort()).toEqual([...rule.reads].sort());
    },
  );
});
