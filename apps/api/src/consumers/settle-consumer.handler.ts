import {
  type Clock,
  type ConsumerCommand,
  type ConsumerTrouble,
  consumerDecider,
  consumerStream,
} from '@bulkhead/domain';
import { type ConsumerRow, type EventLog, listConsumers } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { RequestProblem } from '../problems/problem.js';
import { named, rejected } from '../problems/problems.js';
import { API_POOL, CLOCK, EVENT_LOG } from '../sources.js';
import { consequenceOf, type Settlement } from './consequence-of.js';
import { type ConsumerActView, consumerView } from './consumer.schema.js';

export class SettleConsumer extends Command<ConsumerActView> {
  constructor(
    readonly caller: Caller,
    readonly name: string,
    readonly settlement: Settlement,
  ) {
    super();
  }
}

/** Records what the operator says. The worker that runs the consumer reads it and acts. */
@CommandHandler(SettleConsumer)
export class SettleConsumerHandler implements ICommandHandler<SettleConsumer> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(API_POOL) private readonly pool: pg.Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, name, settlement }: SettleConsumer): Promise<ConsumerActView> {
    let consumer = await this.read(name);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: consumerStream(name),
      decider: consumerDecider,
      // Read anew for each decision: the consumer may have stopped elsewhere in between.
      command: async (): Promise<ConsumerCommand> => {
        consumer = await this.read(name);
        const { trouble } = consumer;
        return { ...settlement, consumer: name, trouble, nowMs: this.clock() };
      },
    });
    if (!executed.accepted) throw refused(rejected(executed.rejection), consumer.trouble);
    const consequence = consequenceOf(settlement, consumer);
    return { consumer: consumerView(consumer), consequence };
  }

  private async read(name: string): Promise<ConsumerRow> {
    return named('consumer', name, await listConsumers(this.pool));
  }
}

/** The refusal with the position that the consumer really stands at; null where it does not stand. */
function refused({ facts }: RequestProblem, trouble: ConsumerTrouble | null): RequestProblem {
  const stoppedAtPosition = trouble?.kind === 'stopped' ? trouble.position : null;
  return new RequestProblem({ ...facts, extensions: { stoppedAtPosition } });
}
