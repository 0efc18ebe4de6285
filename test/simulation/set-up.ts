import type { HostId, TenantId } from '@bulkhead/domain';
import { RegisterHost } from '../../apps/api/src/hosts/register-host.handler.js';
import { seed } from '../../apps/api/src/seed/seed.js';
import { RegisterTenant } from '../../apps/api/src/tenants/register-tenant.handler.js';
import type { Stage } from './acts/stage.js';
import type { Plan } from './plan/plan.js';

/** More than any world has. */
const MACHINES_MAX = 16;

/** Hosts, tenants and what every installation begins with, while nothing goes wrong yet. */
export async function setUp(stage: Stage, plan: Plan): Promise<void> {
  const { hosts, tenants } = plan;
  const { log, time } = stage.world.parts;
  await seed(log, time.clock, 'seed');
  const asking = [
    ...hosts.map(({ timeScale, ...machine }, at) => {
      const { caller, idempotency } = stage.asOperator('POST /v1/hosts');
      const simulation = { timeScale, seed: at, ...faultsOf(plan, at) };
      const asked = { name: `host-${at}`, architecture: 'amd64' as const, ...machine, simulation };
      return stage.ask(
        `register host ${at}`,
        ({ registerHost }) => registerHost.execute(new RegisterHost(caller, asked, idempotency)),
        ({ body }) => {
          stage.hosts.push(body.id as HostId);
          if (at === 0) stage.keptHost = body.id as HostId;
        },
      );
    }),
    ...tenants.map(({ trust, boundary }, at) => {
      const { caller, idempotency } = stage.asOperator('POST /v1/tenants');
      const asked = { name: `tenant-${at}`, trust, ...(boundary === null ? {} : { boundary }) };
      return stage.ask(
        `register tenant ${at}`,
        (handlers) =>
          handlers.registerTenant.execute(new RegisterTenant(caller, asked, idempotency)),
        ({ body }) => stage.tenants.push(body.id as TenantId),
      );
    }),
  ];
  void Promise.all(asking);
}

/** The seed says which faults of the model a machine has and how often; each machine has its own. */
function faultsOf({ seed, faults }: Plan, at: number) {
  return faults.includes('machines') ? { faults: { seed: seed * MACHINES_MAX + at } } : {};
}
