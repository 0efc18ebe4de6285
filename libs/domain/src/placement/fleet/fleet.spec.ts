import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Act, play, randomActs } from '../../../../../test/domain/random-history.js';
import type { World } from '../../../../../test/domain/world.js';
import { isSelected } from '../../host/labels.js';
import { workloadDecider } from '../../workload/decide.js';
import { holdingAttempt } from '../../workload/state.js';
import { evolveFleet } from './evolve-fleet.js';
import { emptyFleet, type Fleet } from './fleet.js';

const RUNS = 120;
const seed = 20_261_121;

/** Plays every history in one go, so that a failure is thrown here and now. */
function forEveryHistory(judge: (acts: readonly Act[]) => void): void {
  void fc.assert(fc.property(randomActs, judge), { numRuns: RUNS, seed });
}

function never(wrong: (world: World) => string | null): void {
  forEveryHistory((acts) => {
    play(acts, (world) => expect(wrong(world)).toBeNull());
  });
}

describe('the fleet, after every act of random histories', () => {
  it('never gives away more of a host than it has, and knows what it gave away', () => {
    never(({ fleet }) => {
      for (const { hostId, state, usedCpuMillis, usedMemoryMiB } of fleet.hosts.values()) {
        let cpuMillis = 0;
        let memoryMiB = 0;
        for (const workload of fleet.workloads.values()) {
          const attempt = holdingAttempt(workload.state);
          if (attempt?.hostId !== hostId) continue;
          cpuMillis += attempt.reserved.cpuMillis;
          memoryMiB += attempt.reserved.memoryMiB;
        }
        if (cpuMillis !== usedCpuMillis || memoryMiB !== usedMemoryMiB)
          return `${hostId} miscounts`;
        const { spec } = state;
        if (spec === null || cpuMillis > spec.cpuMillis || memoryMiB > spec.memoryMiB) {
          return `${hostId} holds more than it has`;
        }
      }
      return null;
    });
  });

  it('never lets two boundaries hold one kernel', () => {
    never(({ fleet }) => {
      const boundaries = new Map<string, string>();
      for (const { state } of fleet.workloads.values()) {
        const attempt = holdingAttempt(state);
        if (attempt === null) continue;
        const known = boundaries.get(attempt.kernelInstanceId) ?? attempt.trustBoundary;
        if (known !== attempt.trustBoundary) return `two boundaries on ${attempt.kernelInstanceId}`;
        boundaries.set(attempt.kernelInstanceId, attempt.trustBoundary);
      }
      return null;
    });
  });

  it('never puts anything on a host without the labels it asks for, or two tasks where they must be spread', () => {
    never(({ fleet }) => {
      const spread = new Set<string>();
      for (const { state } of fleet.workloads.values()) {
        const attempt = holdingAttempt(state);
        if (attempt === null || state.request === null) continue;
        const { labels } = fleet.hosts.get(attempt.hostId)?.state.spec ?? {};
        if (!isSelected(labels ?? {}, state.request.hostSelector)) return 'a label is missing';
        if (state.batch === null || state.request.spread === 'preferred') continue;
        const place = `${state.batch.batchId} on ${attempt.hostId}`;
        if (spread.has(place)) return `two tasks of ${place}`;
        spread.add(place);
      }
      return null;
    });
  });

  it('holds nothing back once a round is over: every proposal was recorded or returned', () => {
    never(({ fleet }) => {
      if (fleet.pending.size > 0) return 'a proposal is pending';
      const claims = [...fleet.hosts.values()].filter((host) => host.kernel?.claimPending);
      return claims.length > 0 ? 'a claim is pending' : null;
    });
  });

  it('keeps exactly those in the waiting room that wait', () => {
    never(({ fleet, room }) => {
      const waiting = [...fleet.workloads]
        .filter(([, { state }]) => holdingAttempt(state) === null)
        .map(([workloadId]) => workloadId);
      const seated = [...room.lines.values()].flatMap((line) =>
        Array.from({ length: line.length }, (_, place) => line.at(place)?.workloadId),
      );
      const queued = [...room.queues.values()].flatMap(({ lines }) => lines);
      if (queued.length !== room.lines.size) return 'a line is in no queue, or in two';
      return waiting.sort().join() === seated.sort().join()
        ? null
        : 'someone is lost or waits twice';
    });
  });

  it('is the same when it is folded again from the log, and holds the states of the streams', () => {
    forEveryHistory((acts) => {
      const { fleet, log } = play(acts);
      const again = emptyFleet();
      for (const recorded of log.events) evolveFleet(again, recorded);
      // Events that were seen before change nothing.
      for (const recorded of log.events.slice(-20)) evolveFleet(again, recorded);
      // The index is a function of the hosts, but not how it arranges them.
      const withoutIndex = (of: Fleet) => ({ ...of, index: null });
      expect(withoutIndex(again)).toEqual(withoutIndex(fleet));
      for (const [workloadId, { state, version }] of fleet.workloads) {
        expect(log.stateOf(workloadDecider, workloadId)).toEqual(state);
        expect(log.versionOf(workloadId)).toBe(version);
      }
    });
  });
});
