import { Chance } from '../world/chance.js';
import { calmWorld, type WorldRates } from '../world/connections.js';
import { calmQueue, type QueueRates } from '../world/simulated-queue.js';
import type { FaultKind, Plan } from './plan.js';

export interface Rates {
  readonly world: WorldRates;
  readonly queue: QueueRates;
}

/** Mild in some worlds, bad in others: what only shows up after long quiet needs the mild ones. */
const STRENGTHS = [0.01, 0.05, 0.2] as const;
const DELAYS_MS = [3, 20, 200] as const;

/** How bad each fault of the plan is. A fault's rate does not depend on which others there are. */
export function ratesOf({ seed, faults }: Plan): Rates {
  const strength = (kind: FaultKind) =>
    faults.includes(kind) ? new Chance(`${seed} rate ${kind}`).pick(STRENGTHS) : 0;
  const delay = (kind: FaultKind) =>
    faults.includes(kind) ? new Chance(`${seed} delay ${kind}`).pick(DELAYS_MS) : 1;
  const toLog = {
    delayMaxMs: delay('log-delays'),
    slow: strength('log-delays') / 10,
    lost: strength('log-losses') / 4,
    twice: 0,
    cutOff: strength('late-writes') / 2,
  };
  const toHosts = {
    delayMaxMs: delay('host-delays'),
    slow: strength('host-delays') / 4,
    lost: strength('host-losses') / 2,
    twice: strength('host-repeats'),
    cutOff: 0,
  };
  const notices = strength('notices');
  return {
    world: {
      ...calmWorld,
      toLog,
      toHosts,
      toApi: { ...calmWorld.toApi, lost: strength('api-losses') },
      hosts: { noticeLost: notices / 2, noticeTwice: notices, watchBroken: notices / 4 },
      growthLost: strength('growth-losses') * 2,
    },
    queue: {
      ...calmQueue,
      heldBack: strength('queue-order'),
      heldBackMaxMs: 5_000,
      twice: strength('queue-repeats'),
      ackLost: strength('queue-repeats') / 2,
    },
  };
}
