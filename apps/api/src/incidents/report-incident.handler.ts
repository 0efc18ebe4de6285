import {
  type Clock,
  fold,
  type HostId,
  hostDecider,
  type IncidentCommand,
  type IncidentEvent,
  type IncidentId,
  incidentDecider,
  prefixedId,
  type QuarantineOfIncident,
  quarantineOf,
  type TenantId,
  type TimeMs,
  type UuidSource,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID } from '../sources.js';
import { type IncidentReportBody, type IncidentView, incidentView } from './incident.schema.js';

export class ReportIncident extends Command<Answer<IncidentView>> {
  constructor(
    readonly caller: Caller,
    readonly report: IncidentReportBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

/** The incident and the quarantine of its host are one append: nobody hears of the one without the other. */
@CommandHandler(ReportIncident)
export class ReportIncidentHandler implements ICommandHandler<ReportIncident> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
  ) {}

  execute(command: ReportIncident): Promise<Answer<IncidentView>> {
    return answerOnce(this.log, command.idempotency, () => this.report(command));
  }

  private async report(command: ReportIncident): Promise<Created<IncidentView>> {
    const { caller, report, idempotency } = command;
    const { stop, hostId: host, workloadId, tenantId, ...told } = report;
    const hostId = host as HostId;
    const nowMs = this.clock();
    const incidentId = prefixedId('inc', this.newUuid());
    const suspected = {
      workloadId: (workloadId ?? null) as WorkloadId | null,
      tenantId: (tenantId ?? null) as TenantId | null,
    };
    await this.refuseUnknown(suspected);
    let found: HostFound | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: incidentId,
      decider: incidentDecider,
      isNew: true,
      command: async (): Promise<IncidentCommand> => {
        found = await this.look(hostId, incidentId, stop, nowMs);
        const { effect: quarantine } = found.quarantine;
        const incident = { incidentId, ...told, hostId, ...suspected, quarantine };
        return { kind: 'report-incident', incident, nowMs };
      },
      alongside: (events) => {
        const state = fold(incidentDecider, events as readonly IncidentEvent[]);
        const answer = rememberedAnswer(idempotency, 201, incidentView(state));
        return { ...answer, ...(found === null ? {} : besides(hostId, found)) };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: incidentView(executed.state), appended: executed.appended };
  }

  private async look(
    hostId: HostId,
    incidentId: IncidentId,
    stop: boolean,
    nowMs: TimeMs,
  ): Promise<HostFound> {
    const { state, version } = await this.log.readState(null, hostId, hostDecider);
    if (state.spec === null) throw notFound('host');
    return { quarantine: quarantineOf(incidentId, state, stop, nowMs), version };
  }

  /** A mistyped id would accuse nobody, or somebody else. What was submitted stays in the log, so that it is not guarded. */
  private async refuseUnknown({ workloadId, tenantId }: Suspected): Promise<void> {
    if (workloadId === null || tenantId === null) return;
    const { state } = await this.log.readState(tenantId, workloadId, workloadDecider);
    if (state.workloadId !== null && state.tenantId === tenantId) return;
    const detail = `There is no workload ${workloadId} of tenant ${tenantId}.`;
    const code = 'INCIDENT_UNKNOWN_WORKLOAD';
    throw rejected({ code, detail, problems: [{ code, pointer: '/workloadId', detail }] });
  }
}

interface Suspected {
  readonly workloadId: WorkloadId | null;
  readonly tenantId: TenantId | null;
}

interface HostFound {
  readonly quarantine: QuarantineOfIncident;
  readonly version: number;
}

/** What the incident says of its host holds when it is recorded: its stream is written, or guarded. */
function besides(hostId: HostId, { quarantine: { events }, version }: HostFound) {
  return events.length === 0
    ? { guards: [{ stream: hostId, version }] }
    : { streams: [{ owner: null, stream: hostId, expectedVersion: version, events }] };
}
