import { accept, BrokenInvariant, type Decider, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { KernelClaimed, KernelEnded, KernelEvent, KernelStarted } from './events.js';
import { type KernelAct, type KernelState, kernelPhaseOf, kernelTable } from './kernel-table.js';

export type KernelCommand =
  | {
      readonly kind: 'start-kernel';
      readonly kernel: KernelStarted['payload'];
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'claim-kernel'; readonly trustBoundary: TrustBoundary; readonly nowMs: TimeMs }
  | {
      readonly kind: 'end-kernel';
      readonly cause: KernelEnded['payload']['cause'];
      readonly nowMs: TimeMs;
    };

/** A kernel instance has at most one boundary in its life, and nothing follows its end. */
export const kernelDecider: Decider<KernelCommand, KernelState, KernelEvent> = {
  initialState: { started: null, trustBoundary: null, ended: false },
  decide: (command, state) => {
    switch (kernelTable[actOf(command, state)][kernelPhaseOf(state)]) {
      case 'nothing':
        return accept();
      case 'impossible':
        throw new BrokenInvariant(
          'a kernel can be claimed only while it runs, and by one boundary in its life',
        );
      default:
        return accept(eventOf(command));
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'KernelStarted':
        return { ...state, started: event.payload };
      case 'KernelClaimed':
        return { ...state, trustBoundary: event.payload.trustBoundary };
      case 'KernelEnded':
        return { ...state, ended: true };
      default:
        return unknownEvent(event);
    }
  },
};

function actOf(command: KernelCommand, { trustBoundary }: KernelState): KernelAct {
  if (command.kind !== 'claim-kernel') return command.kind;
  return command.trustBoundary === trustBoundary ? 'claim-again' : 'claim-kernel';
}

function eventOf(command: KernelCommand): KernelEvent {
  const { nowMs } = command;
  switch (command.kind) {
    case 'start-kernel':
      return event<KernelStarted>('KernelStarted', nowMs, command.kernel);
    case 'claim-kernel':
      return event<KernelClaimed>('KernelClaimed', nowMs, { trustBoundary: command.trustBoundary });
    case 'end-kernel':
      return event<KernelEnded>('KernelEnded', nowMs, { cause: command.cause });
  }
}
