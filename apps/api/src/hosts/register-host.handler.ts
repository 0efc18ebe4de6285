import {
  type Clock,
  fold,
  type HostEvent,
  type HostSpec,
  hostDecider,
  parseOsVersion,
  prefixedId,
  type UuidSource,
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
import { invalidRequest, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import { type HostRegistrationBody, type HostView } from './host.schema.js';
import { hostView } from './host-view.js';

export class RegisterHost extends Command<Answer<HostView>> {
  constructor(
    readonly caller: Caller,
    readonly registration: HostRegistrationBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

const SEED_BYTES = 4;

@CommandHandler(RegisterHost)
export class RegisterHostHandler implements ICommandHandler<RegisterHost> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  execute(command: RegisterHost): Promise<Answer<HostView>> {
    return answerOnce(this.log, command.idempotency, () => this.register(command));
  }

  private async register(command: RegisterHost): Promise<Created<HostView>> {
    const { caller, registration, idempotency } = command;
    const spec = this.spec(registration);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: spec.hostId,
      decider: hostDecider,
      command: { kind: 'register-host', spec, nowMs: this.clock() },
      alongside: (events) => {
        const state = fold(hostDecider, events as readonly HostEvent[]);
        return rememberedAnswer(idempotency, 201, hostView(state));
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: hostView(executed.state), appended: executed.appended };
  }

  private spec({ simulation, labels, ...machine }: HostRegistrationBody): HostSpec {
    const osVersion = parseOsVersion(machine.osVersion);
    if (osVersion === null) {
      throw invalidRequest([{ pointer: '/osVersion', detail: 'must be four dotted numbers' }]);
    }
    // A seed that nobody chose is chosen here and recorded, so that the host behaves the same again.
    const seed = simulation?.seed ?? this.randomBytes(SEED_BYTES).readUInt32BE();
    return {
      hostId: prefixedId('host', this.newUuid()),
      ...machine,
      driver: 'simulated-host',
      os: 'windows',
      osVersion,
      labels: labels ?? {},
      simulation: simulation === undefined ? null : { ...simulation, seed },
    };
  }
}
