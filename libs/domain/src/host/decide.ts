import { accept, type Decided, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { KernelInstanceId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { TrustBoundary } from '../tenant/events.js';
import type {
  HostBooted,
  HostCordoned,
  HostDrained,
  HostDrainStarted,
  HostEvent,
  HostFenced,
  HostLost,
  HostQuarantined,
  HostRebootRequested,
  HostRecovered,
  HostRegistered,
  HostReleasedFromQuarantine,
  HostRetired,
  HostSpec,
  HostUncordoned,
} from './events.js';
import { answerTo, refusalTexts } from './host-acts.js';
import { hostReportTable } from './host-reports.js';
import { evolveHost, type HostState, unregisteredHost } from './state.js';

export type HostCommand =
  | { readonly kind: 'register-host'; readonly spec: HostSpec; readonly nowMs: TimeMs }
  | { readonly kind: 'cordon'; readonly reason: string; readonly nowMs: TimeMs }
  | { readonly kind: 'uncordon'; readonly reason: string; readonly nowMs: TimeMs }
  | {
      readonly kind: 'drain';
      readonly reason: string;
      /** From when on what still runs is evicted; null where it may go on until it ends. */
      readonly evictAtMs: TimeMs | null;
      readonly nowMs: TimeMs;
    }
  | {
      readonly kind: 'quarantine';
      readonly reason: string;
      /** Whether what runs there is stopped; nothing of it is released either way. */
      readonly stop: boolean;
      readonly nowMs: TimeMs;
    }
  /** Ends a quarantine. */
  | { readonly kind: 'release'; readonly reason: string; readonly nowMs: TimeMs }
  | {
      readonly kind: 'fence';
      readonly reason: string;
      /** The boot that is stated to be over; a request that comes late says nothing of a later one. */
      readonly bootId?: string | undefined;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'retire'; readonly reason: string; readonly nowMs: TimeMs }
  /** Nothing holds a place there, as of a position after the start of the drain. */
  | { readonly kind: 'report-drained'; readonly nowMs: TimeMs }
  | {
      /** It holds nothing, as the one who places says, and this boundary waits for a kernel. */
      readonly kind: 'request-reboot';
      readonly trustBoundary: TrustBoundary;
      readonly nowMs: TimeMs;
    }
  | {
      /** The host answered, with this boot. The kernel's name is only used where the boot is new. */
      readonly kind: 'report-boot';
      readonly bootId: string;
      readonly kernelInstanceId: KernelInstanceId;
      readonly osVersion: OsVersion;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'report-lost'; readonly lastHeardAtMs: TimeMs; readonly nowMs: TimeMs };

/** A host's registration, boots, losses and what operators do to it. Placements are not in this stream: see WorkloadPlaced. */
export const hostDecider: Decider<HostCommand, HostState, HostEvent> = {
  initialState: unregisteredHost,
  evolve: evolveHost,
  decide: (command, state) => {
    if (command.kind === 'register-host') {
      return state.spec === null
        ? accept(event<HostRegistered>('HostRegistered', command.nowMs, command.spec, 2))
        : reject('HOST_EXISTS', 'The host is registered already.');
    }
    if (state.spec === null) return reject('HOST_NOT_FOUND', 'There is no such host.');
    return decideOfRegistered(command, state);
  },
};

type OfRegistered = Exclude<HostCommand, { kind: 'register-host' }>;
type Report = Extract<OfRegistered, { kind: 'report-boot' | 'report-lost' }>;

const BOOTED_AGAIN = 'The boot that is stated to be over is not the one that the host has now.';

function decideOfRegistered(command: OfRegistered, state: HostState): Decided<HostEvent> {
  if (command.kind === 'report-boot' || command.kind === 'report-lost') {
    return decideReport(command, state);
  }
  const answer = answerTo(command.kind, state);
  if (answer === 'nothing') return accept();
  if (answer !== null) return reject(answer, refusalTexts[answer]);
  const { nowMs } = command;
  switch (command.kind) {
    case 'cordon':
      return cordon(command, state);
    case 'uncordon':
      return accept(event<HostUncordoned>('HostUncordoned', nowMs, { reason: command.reason }));
    case 'drain':
      return drain(command, state);
    case 'quarantine':
      return quarantine(command, state);
    case 'release': {
      const { reason } = command;
      const type = 'HostReleasedFromQuarantine';
      return accept(event<HostReleasedFromQuarantine>(type, nowMs, { reason }));
    }
    case 'fence':
      if (command.bootId !== undefined && command.bootId !== state.boot?.bootId) {
        return reject('HOST_BOOTED_AGAIN', BOOTED_AGAIN);
      }
      return accept(event<HostFenced>('HostFenced', nowMs, { reason: command.reason }));
    case 'retire':
      return accept(event<HostRetired>('HostRetired', nowMs, { reason: command.reason }));
    case 'request-reboot': {
      const { trustBoundary } = command;
      const asked = { bootId: state.boot?.bootId ?? '', trustBoundary };
      return accept(event<HostRebootRequested>('HostRebootRequested', nowMs, asked));
    }
    case 'report-drained': {
      const drainStartedAtMs = state.drain?.startedAtMs ?? nowMs;
      return accept(event<HostDrained>('HostDrained', nowMs, { drainStartedAtMs }));
    }
  }
}

/** A further cordon counts only where it has another reason, which then is the one that holds. */
function cordon(
  { reason, nowMs }: Extract<HostCommand, { kind: 'cordon' }>,
  { cordoned, cordonReason }: HostState,
): Decided<HostEvent> {
  return cordoned && reason === cordonReason
    ? accept()
    : accept(event<HostCordoned>('HostCordoned', nowMs, { reason }));
}

/** While a host drains, a further drain counts only where it evicts sooner; an uncordon takes it all back. */
function drain(
  { reason, evictAtMs, nowMs }: Extract<HostCommand, { kind: 'drain' }>,
  { drain: going }: HostState,
): Decided<HostEvent> {
  const askedMs = evictAtMs ?? Number.POSITIVE_INFINITY;
  const setMs = going?.evictAtMs ?? Number.POSITIVE_INFINITY;
  return going === null || askedMs < setMs
    ? accept(event<HostDrainStarted>('HostDrainStarted', nowMs, { reason, evictAtMs }))
    : accept();
}

/** A quarantine is only made stricter; its release takes it all back. */
function quarantine(
  { reason, stop, nowMs }: Extract<HostCommand, { kind: 'quarantine' }>,
  { quarantine: going }: HostState,
): Decided<HostEvent> {
  return going === null || (stop && !going.stop)
    ? accept(event<HostQuarantined>('HostQuarantined', nowMs, { reason, stop }))
    : accept();
}

function decideReport(command: Report, state: HostState): Decided<HostEvent> {
  const { nowMs } = command;
  if (command.kind === 'report-lost') {
    const { lastHeardAtMs } = command;
    return hostReportTable.silence[state.condition] === 'nothing'
      ? accept()
      : accept(event<HostLost>('HostLost', nowMs, { lastHeardAtMs }));
  }
  const { bootId, kernelInstanceId, osVersion } = command;
  const report = state.boot?.bootId === bootId ? 'known-boot' : 'new-boot';
  switch (hostReportTable[report][state.condition]) {
    case 'HostBooted':
      return accept(
        event<HostBooted>('HostBooted', nowMs, { bootId, kernelInstanceId, osVersion }),
      );
    case 'HostRecovered':
      return accept(event<HostRecovered>('HostRecovered', nowMs, { bootId }));
    default:
      return accept();
  }
}
