import { defaultQuota, type TrustLevel } from '@bulkhead/domain';
import { PublishAdvisory } from '../../../apps/api/src/advisories/publish-advisory.handler.js';
import { WithdrawAdvisory } from '../../../apps/api/src/advisories/withdraw-advisory.handler.js';
import { PublishPolicy } from '../../../apps/api/src/policies/publish-policy.handler.js';
import {
  ChangeTenant,
  type TenantChange,
} from '../../../apps/api/src/tenants/change-tenant.handler.js';
import type { Act } from './act.js';
import { policies, rarerPolicy } from './policies.js';
import { pointed, type Stage } from './stage.js';

const reason = 'simulation';
const trusts: readonly TrustLevel[] = ['hostile', 'standard', 'trusted'];
const groups = ['red', 'blue', null] as const;

export const actsOfOperators: readonly Act[] = [
  { name: 'change-trust', weight: 3, play: changeTrust },
  { name: 'change-boundary', weight: 2, play: changeBoundary },
  { name: 'suspend', weight: 1, play: suspend },
  { name: 'reinstate', weight: 1, play: (stage, who) => reinstate(stage, who) },
  { name: 'change-quota', weight: 1, play: changeQuota },
  { name: 'publish-policy', weight: 2, play: publishPolicy },
  { name: 'publish-advisory', weight: 1, play: publishAdvisory },
  { name: 'withdraw-advisory', weight: 1, play: (stage, who) => withdrawAdvisory(stage, who) },
];

function changeTrust(stage: Stage, who: number, what: number): void {
  const trust = pointed(trusts, what) ?? 'hostile';
  void change(stage, who, { kind: 'change-trust', trust, reason });
}

function changeBoundary(stage: Stage, who: number, what: number): void {
  void change(stage, who, {
    kind: 'change-boundary',
    boundaryGroup: pointed(groups, what),
    reason,
  });
}

function suspend(stage: Stage, who: number, what: number): void {
  void change(stage, who, { kind: 'suspend', evict: what % 2 === 0, reason });
}

export function reinstate(stage: Stage, who: number) {
  return change(stage, who, { kind: 'reinstate', reason });
}

function changeQuota(stage: Stage, who: number, what: number): void {
  void change(stage, who, {
    kind: 'change-quota',
    quota: { ...defaultQuota, workloads: 2 + (what % 4), utilityVms: 1 + (what % 3) },
    reason,
  });
}

export function liftQuota(stage: Stage, who: number) {
  return change(stage, who, { kind: 'change-quota', quota: defaultQuota, reason });
}

function change(stage: Stage, who: number, asked: TenantChange) {
  const tenantId = pointed(stage.tenants, who);
  if (tenantId === null) return Promise.resolve(null);
  const caller = stage.world.people.operator();
  return stage.ask(`${JSON.stringify(asked)} for ${tenantId}`, ({ changeTenant }) =>
    changeTenant.execute(new ChangeTenant(caller, tenantId, asked)),
  );
}

export function publishPolicy(stage: Stage, _who: number, what: number) {
  return publish(stage, policies[what % policies.length] ?? policies[0]);
}

export function publishRarerPolicy(stage: Stage, who: number, what: number): void {
  void publish(stage, rarerPolicy(what, pointed(stage.tenants, who)));
}

function publish(stage: Stage, { says, policy }: (typeof policies)[number]) {
  const { caller, idempotency } = stage.asOperator('POST /v1/policies');
  return stage.ask(`publish a policy that ${says}`, (handlers) =>
    handlers.publishPolicy.execute(new PublishPolicy(caller, policy as never, idempotency)),
  );
}

function publishAdvisory(stage: Stage, who: number, what: number): void {
  const { caller, idempotency } = stage.asOperator('POST /v1/advisories');
  const build = pointed([20348, 26100, 17763], who) ?? 20348;
  const fixedRevision = what % 2 === 0 ? null : 2_700;
  const wall = what % 5 === 0 ? 'hypervisor' : 'shared-kernel';
  const facts = { title: 'advisory', reference: 'CVE-0', wall, os: 'windows' } as const;
  const publication = { ...facts, builds: [{ build, fixedRevision }] };
  void stage.ask(
    `publish an advisory: ${wall} of ${build}`,
    (handlers) =>
      handlers.publishAdvisory.execute(new PublishAdvisory(caller, publication, idempotency)),
    ({ body }) => stage.advisories.push(body.id as never),
  );
}

export function withdrawAdvisory(stage: Stage, who: number) {
  const advisoryId = pointed(stage.advisories, who);
  if (advisoryId === null) return Promise.resolve(null);
  const caller = stage.world.people.operator();
  return stage.ask(`withdraw ${advisoryId}`, (handlers) =>
    handlers.withdrawAdvisory.execute(new WithdrawAdvisory(caller, advisoryId, reason)),
  );
}
