import { type Clock, type HostCommand, hostDecider, isId, type TimeMs } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type HostView } from './host.schema.js';
import { hostView } from './host-view.js';

/** What an operator asks of a host. `evictAfterMs` null lets what runs there go on until it ends. */
export type HostChange =
  | {
      readonly kind: 'cordon' | 'uncordon' | 'release' | 'retire';
      readonly reason: string;
    }
  | { readonly kind: 'fence'; readonly reason: string; readonly bootId?: string | undefined }
  | { readonly kind: 'quarantine'; readonly reason: string; readonly stop: boolean }
  | { readonly kind: 'drain'; readonly reason: string; readonly evictAfterMs: number | null };

export class ChangeHost extends Command<HostView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly change: HostChange,
  ) {
    super();
  }
}

/** What an operator does to a host. Repeating it changes nothing. */
@CommandHandler(ChangeHost)
export class ChangeHostHandler implements ICommandHandler<ChangeHost> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, change }: ChangeHost): Promise<HostView> {
    if (!isId('host', id)) throw notFound('host');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: id,
      decider: hostDecider,
      command: commandOf(change, this.clock()),
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return hostView(executed.state);
  }
}

function commandOf(change: HostChange, nowMs: TimeMs): HostCommand {
  if (change.kind !== 'drain') return { ...change, nowMs };
  const { kind, reason, evictAfterMs } = change;
  return { kind, reason, evictAtMs: evictAfterMs === null ? null : nowMs + evictAfterMs, nowMs };
}
