import { unboundedWork } from '@bulkhead/event-store/in-memory';
import { PublishAdvisoryHandler } from '../../../apps/api/src/advisories/publish-advisory.handler.js';
import { WithdrawAdvisoryHandler } from '../../../apps/api/src/advisories/withdraw-advisory.handler.js';
import { ActOnBatchHandler } from '../../../apps/api/src/batches/act-on-batch.handler.js';
import { LargeBatches } from '../../../apps/api/src/batches/large-batches.js';
import { RetryFailedHandler } from '../../../apps/api/src/batches/retry-failed.handler.js';
import { SubmitBatchHandler } from '../../../apps/api/src/batches/submit-batch.handler.js';
import { FleetShapes } from '../../../apps/api/src/catalogue/fleet-shapes.js';
import { RegisterImageHandler } from '../../../apps/api/src/catalogue/register-image.handler.js';
import { RevokeImageHandler } from '../../../apps/api/src/catalogue/revoke-image.handler.js';
import { ChangeHostHandler } from '../../../apps/api/src/hosts/change-host.handler.js';
import { RegisterHostHandler } from '../../../apps/api/src/hosts/register-host.handler.js';
import { ContainIncidentHandler } from '../../../apps/api/src/incidents/contain-incident.handler.js';
import { ReportIncidentHandler } from '../../../apps/api/src/incidents/report-incident.handler.js';
import { SubmissionAdmission } from '../../../apps/api/src/limits/submission-admission.js';
import { PublishPolicyHandler } from '../../../apps/api/src/policies/publish-policy.handler.js';
import { Pseudonyms } from '../../../apps/api/src/pseudonyms/pseudonyms.js';
import { ActOnScheduleHandler } from '../../../apps/api/src/schedules/act-on-schedule.handler.js';
import { ChangeScheduleHandler } from '../../../apps/api/src/schedules/change-schedule.handler.js';
import { CreateScheduleHandler } from '../../../apps/api/src/schedules/create-schedule.handler.js';
import { ChangeTenantHandler } from '../../../apps/api/src/tenants/change-tenant.handler.js';
import { RegisterTenantHandler } from '../../../apps/api/src/tenants/register-tenant.handler.js';
import { CancelWorkloadHandler } from '../../../apps/api/src/workloads/cancel-workload.handler.js';
import { SubmissionFactsReader } from '../../../apps/api/src/workloads/submission-facts.js';
import { SubmitWorkloadHandler } from '../../../apps/api/src/workloads/submit-workload.handler.js';
import { withOwnTail } from './chance.js';
import { ProcessLife } from './process-life.js';
import { LogPort } from './simulated-log.js';
import type { WorldParts } from './world-parts.js';

const PSEUDONYM_KEY = Buffer.alloc(32, 7);

/** One life of one api process: its real handlers, without the HTTP in front of them. */
export class ApiLife {
  readonly life: ProcessLife;
  readonly handlers: ReturnType<typeof handlersOf>;

  constructor(parts: WorldParts, name: string) {
    this.life = new ProcessLife(name, parts.time);
    const { network, connections } = parts;
    const log = new LogPort(parts.log, this.life, network, connections.toLog(name));
    this.handlers = handlersOf(parts, log);
  }
}

function handlersOf({ time, newUuid, chance }: WorldParts, log: LogPort) {
  const { clock } = time;
  const bytes = (count: number) => chance.bytes(count);
  const facts = new SubmissionFactsReader(log, new FleetShapes(log, clock));
  const pseudonyms = new Pseudonyms(PSEUDONYM_KEY);
  // No tenant here has a limit that is counted in tables of its own.
  const admission = new SubmissionAdmission(log, () => Promise.reject(new Error('no limits here')));
  const openWork = unboundedWork();
  const parts = [log, clock, newUuid, bytes, admission, openWork] as const;
  // Nor are so many schedules made that they would have to be counted.
  const admitSchedule = async () => ({ refused: false, schedules: 0 });
  return {
    submit: new SubmitWorkloadHandler(
      ...([log, clock, newUuid, bytes, facts, pseudonyms, admission, openWork] as const),
    ),
    cancel: new CancelWorkloadHandler(log, clock, pseudonyms),
    submitBatch: new SubmitBatchHandler(...parts, new LargeBatches(), async () => {}),
    actOnBatch: new ActOnBatchHandler(log, clock),
    retryFailed: new RetryFailedHandler(...parts, new LargeBatches(), async () => {}),
    createSchedule: new CreateScheduleHandler(
      ...([log, clock, withOwnTail(newUuid), bytes, admitSchedule] as const),
    ),
    changeSchedule: new ChangeScheduleHandler(log, clock, bytes),
    actOnSchedule: new ActOnScheduleHandler(log, clock),
    registerTenant: new RegisterTenantHandler(log, clock, newUuid),
    changeTenant: new ChangeTenantHandler(log, clock),
    registerHost: new RegisterHostHandler(log, clock, newUuid, bytes),
    changeHost: new ChangeHostHandler(log, clock),
    registerImage: new RegisterImageHandler(log, clock),
    revokeImage: new RevokeImageHandler(log, clock),
    publishPolicy: new PublishPolicyHandler(log, clock),
    publishAdvisory: new PublishAdvisoryHandler(log, clock, newUuid),
    withdrawAdvisory: new WithdrawAdvisoryHandler(log, clock),
    containIncident: new ContainIncidentHandler(log, clock),
    reportIncident: new ReportIncidentHandler(log, clock, newUuid),
  };
}

export type Handlers = ApiLife['handlers'];
