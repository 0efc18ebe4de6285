import { accept, BrokenInvariant, type Decided, type Decider, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { KernelClaimed, KernelEnded, KernelEvent, KernelStarted } from './events.js';

export interface KernelState {
  readonly started: KernelStarted['payload'] | null;
  readonly trustBoundary: TrustBoundary | null;
  readonly ended: boolean;
}

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
    switch (command.kind) {
      case 'start-kernel':
        return state.started === null
          ? accept(event<KernelStarted>('KernelStarted', command.nowMs, command.kernel))
          : accept();
      case 'claim-kernel':
        return claim(command.trustBoundary, command.nowMs, state);
      case 'end-kernel':
        return state.started === null || state.ended
          ? accept()
          : accept(event<KernelEnded>('KernelEnded', command.nowMs, { cause: command.cause }));
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

function claim(boundary: TrustBoundary, nowMs: TimeMs, state: KernelState): Decided<KernelEvent> {
  if (state.trustBoundary === boundary) return accept();
  if (state.trustBoundary !== null || state.ended || state.started === null) {
    throw new BrokenInvariant(
      'a kernel can be claimed only while it runs, and by one boundary in its life',
    );
  }
  return accept(event<KernelClaimed>('KernelClaimed', nowMs, { trustBoundary: boundary }));
}
