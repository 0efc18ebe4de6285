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
  quarantineReason,
  type TimeMs,
  type UuidSource,
  type WorkloadId,
} from '@bulkhead/domain';
import type { EventLog, StreamAppend } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
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
    return answerOnce(command.idempotency, () => this.report(command));
  }

  private async report(command: ReportIncident): Promise<Answer<IncidentView>> {
    const { caller, report, idempotency } = command;
    const { stop, hostId: host, workloadId, ...told } = report;
    const hostId = host as HostId;
    const nowMs = this.clock();
    const incidentId = prefixedId('inc', this.newUuid());
    const suspected = (workloadId ?? null) as WorkloadId | null;
    const incident = { incidentId, ...told, hostId, workloadId: suspected };
    let quarantine: StreamAppend | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: incidentId,
      decider: incidentDecider,
      isNew: true,
      command: async (): Promise<IncidentCommand> => {
        quarantine = await this.quarantineOf(hostId, incidentId, stop, nowMs);
        return { kind: 'report-incident', incident, nowMs };
      },
      alongside: (events) => {
        const state = fold(incidentDecider, events as readonly IncidentEvent[]);
        const answer = rememberedAnswer(idempotency, 201, incidentView(state));
        return { ...answer, streams: quarantine === null ? [] : [quarantine] };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: incidentView(executed.state), replayed: false };
  }

  /** Null where the host is in quarantine already, or has left the fleet: then there is only the incident. */
  private async quarantineOf(
    hostId: HostId,
    incidentId: IncidentId,
    stop: boolean,
    nowMs: TimeMs,
  ): Promise<StreamAppend | null> {
    const { state, version } = await this.log.readState(null, hostId, hostDecider);
    if (state.spec === null) throw notFound('host');
    const reason = quarantineReason(incidentId);
    const decided = hostDecider.decide({ kind: 'quarantine', reason, stop, nowMs }, state);
    if (!decided.accepted || decided.events.length === 0) return null;
    return { owner: null, stream: hostId, expectedVersion: version, events: decided.events };
  }
}
