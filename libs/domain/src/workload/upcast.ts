import type { DecisionInputs, IsolationDecision } from '../isolation/decision.js';
import type {
  IsolationDecided,
  WorkloadEvicted,
  WorkloadRejected,
  WorkloadSubmitted,
} from './events.js';
import type { WorkloadRequest } from './request.js';

/** What a request could not ask for before its version 3. */
export type RequestOfVersion2 = Omit<WorkloadRequest, 'hostSelector' | 'spread'>;
/** What a request could not ask for before its version 2. */
export type RequestOfVersion1 = Omit<RequestOfVersion2, 'user' | 'capabilities' | 'hostAccess'>;

/** Nobody asked for what could not be asked for; a user was content then, which no decision read. */
export function requestOfVersion1(request: RequestOfVersion1): RequestOfVersion2 {
  return { ...request, user: null, capabilities: [], hostAccess: [] };
}

/** Any host would do, and tasks were spread where it cost little. */
export function requestOfVersion2(request: RequestOfVersion2): WorkloadRequest {
  return { ...request, hostSelector: {}, spread: 'preferred' };
}

type Submitted<R> = Omit<WorkloadSubmitted['payload'], 'request'> & { request: R };

type NewInputs =
  | 'tenantId'
  | 'user'
  | 'capabilities'
  | 'hostAccess'
  | 'openAdvisories'
  | 'otherAdvisories'
  | 'kernelPatienceOver';
type DecisionOfVersion1 = Omit<IsolationDecision, 'inputs' | 'silenced'> & {
  readonly inputs: Omit<DecisionInputs, NewInputs>;
};
type DecidedV1 = Omit<IsolationDecided['payload'], 'decision'> & { decision: DecisionOfVersion1 };
type DecisionOfVersion2 = Omit<IsolationDecision, 'inputs'> & {
  readonly inputs: Omit<DecisionInputs, 'otherAdvisories'>;
};
type DecidedV2 = Omit<IsolationDecided['payload'], 'decision'> & { decision: DecisionOfVersion2 };

type RejectedV1 = Omit<WorkloadRejected['payload'], 'grounds'>;

type EvictedV1 = Omit<WorkloadEvicted['payload'], 'cause'> & {
  cause: Exclude<WorkloadEvicted['payload']['cause'], 'preempted'>;
};

export const workloadUpcasts = {
  /** Version 2 knows who gave way to a more urgent workload, on which the order of waiting depends. */
  WorkloadEvicted: { 1: (evicted: EvictedV1): WorkloadEvicted['payload'] => evicted },
  /** What it was decided from was not recorded then. */
  WorkloadRejected: {
    1: (rejected: RejectedV1): WorkloadRejected['payload'] => ({ ...rejected, grounds: null }),
  },
  WorkloadSubmitted: {
    1: ({ request, ...submitted }: Submitted<RequestOfVersion1>): Submitted<RequestOfVersion2> => ({
      ...submitted,
      request: requestOfVersion1(request),
    }),
    2: ({ request, ...submitted }: Submitted<RequestOfVersion2>): WorkloadSubmitted['payload'] => ({
      ...submitted,
      request: requestOfVersion2(request),
    }),
  },
  IsolationDecided: {
    /** Whether patience was over is known from the rule that fired then, and only then. */
    1: ({ decision, ...decided }: DecidedV1): DecidedV2 => ({
      ...decided,
      decision: {
        ...decision,
        silenced: [],
        inputs: {
          ...decision.inputs,
          tenantId: null,
          user: null,
          capabilities: [],
          hostAccess: [],
          openAdvisories: [],
          kernelPatienceOver: decision.reasons.some(({ rule }) => rule === 'kernel-unavailable'),
        },
      },
    }),
    /** Nothing was warned of then. */
    2: ({ decision, ...decided }: DecidedV2): IsolationDecided['payload'] => ({
      ...decided,
      decision: { ...decision, inputs: { ...decision.inputs, otherAdvisories: [] } },
    }),
  },
};
