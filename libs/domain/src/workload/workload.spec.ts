import { describe, expect, it } from 'vitest';
import { refusalGrounds, request, unknownImage } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import {
  authorize,
  cancel,
  evict,
  exceedDeadline,
  exited,
  lost,
  own,
  place,
  released,
  started,
  submit,
  workloadAfter,
} from '../../../../test/domain/workload-history.js';
import { BrokenInvariant, fold } from '../decider.js';
import { event } from '../event.js';
import type { WorkloadCommand } from './commands.js';
import { workloadDecider } from './decide.js';
import type { WorkloadSubmitted } from './events.js';

const timingsOf = (command: WorkloadCommand) => ('timings' in command ? command.timings : []);

describe('a submission', () => {
  const nobody = given(workloadDecider, []);

  it('is recorded together with its isolation and the reasons', () => {
    nobody
      .when(submit())
      .thenEvents('WorkloadSubmitted', [
        'IsolationDecided',
        { attempt: 0, hostId: null, decision: { isolation: 'process', reasons: [] } },
      ]);
  });

  it('gives a workload from an untrusted image its own utility VM and says why', () => {
    nobody
      .when(submit({}, { image: unknownImage }))
      .thenEvents('WorkloadSubmitted', [
        'IsolationDecided',
        { decision: { isolation: 'hyperv', reasons: [{ rule: 'untrusted-publisher' }] } },
      ]);
  });

  it('that the rules refuse is recorded as refused, with the reasons', () => {
    nobody
      .when(submit({ isolation: 'process', strict: true }, { trust: 'hostile' }))
      .thenEvents('WorkloadSubmitted', [
        'WorkloadRejected',
        { code: 'ISOLATION_REFUSED', reasons: [{ rule: 'tenant-hostile' }] },
      ]);
    nobody
      .when(submit({ resources: { cpuMillis: 1, memoryMiB: 1e6 } }))
      .thenEvents('WorkloadSubmitted', ['WorkloadRejected', { code: 'UNPLACEABLE' }]);
  });

  it('is made once', () => {
    workloadAfter(submit()).when(submit()).thenRejected('WORKLOAD_EXISTS');
    for (const command of [place(), cancel, exited()]) {
      nobody.when(command).thenRejected('WORKLOAD_NOT_FOUND');
    }
  });

  it('cannot stand twice in one history', () => {
    const { history } = nobody.when(submit());
    const { payload } = history[0] as WorkloadSubmitted;
    const other = { ...payload, request: request({ isolation: 'process' }) };
    const again = event<WorkloadSubmitted>('WorkloadSubmitted', 0, other, 3);
    expect(() => fold(workloadDecider, [...history, again])).toThrow(BrokenInvariant);
  });
});

describe('a run', () => {
  it('that exits by itself with 0 has succeeded, once nothing of it is left', () => {
    const running = workloadAfter(submit(), place(), authorize(), started());
    expect(running.state.status).toBe('running');
    running.when(exited()).thenEvents(['ComputeSystemExited', { exitCode: 0 }]);
    workloadAfter(submit(), place(), authorize(), started(), exited())
      .when(released())
      .thenEvents('ComputeSystemReleased', ['WorkloadSucceeded', { attempt: 1 }]);
  });

  it('has the state that tells how far it has come', () => {
    const commands = [submit(), place(), authorize(), started(), exited(), released()];
    const statuses = commands.map(
      (_, at) => workloadAfter(...commands.slice(0, at + 1)).state.status,
    );
    expect(statuses).toEqual([
      'submitted',
      'placed',
      'starting',
      'running',
      'running',
      'succeeded',
    ]);
  });

  it('keeps the times of its stages', () => {
    const { current } = workloadAfter(submit(), place(), authorize(), started()).state;
    expect(current?.timings.map((timing) => timing.stage)).toEqual(['create', 'start']);
  });
});

describe('why it waits', () => {
  const defer = (cause: 'cpu' | 'memory', attempt = 1) =>
    ({ kind: 'defer-placement', attempt, cause, detail: 'because', nowMs: 1 }) as const;

  it('is told once for each cause', () => {
    const waiting = workloadAfter(submit(), defer('cpu'));
    expect(waiting.state.status).toBe('waiting');
    waiting.when(defer('cpu')).thenNothing();
    waiting.when(defer('memory')).thenEvents(['PlacementDeferred', { cause: 'memory' }]);
    waiting.when(defer('memory', 2)).thenNothing();
  });

  it('makes a workload wait that is to be tried again, and says for what the next attempt waits', () => {
    const evicted = [submit(), defer('cpu'), place(), evict(), released()];
    const retrying = workloadAfter(...evicted);
    expect(retrying.state).toMatchObject({ status: 'retrying', deferrals: [] });
    const { state } = workloadAfter(...evicted, defer('memory', 2));
    expect(state).toMatchObject({ status: 'waiting', nextAttempt: 2, deferrals: ['memory'] });
  });

  it('ends in a refusal where no host can ever run it', () => {
    workloadAfter(submit(), defer('cpu'))
      .when({
        ...{ kind: 'reject-unplaceable', code: 'UNPLACEABLE', reasons: [], nowMs: 1 },
        grounds: refusalGrounds(),
      })
      .thenEvents(['WorkloadRejected', { code: 'UNPLACEABLE', grounds: refusalGrounds() }]);
  });
});

describe('a placement', () => {
  it('records its decision only where it says more than the floor', () => {
    workloadAfter(submit()).when(place()).thenEvents('WorkloadPlaced');
    workloadAfter(submit())
      .when(place(1, 'hyperv'))
      .thenEvents(
        ['IsolationDecided', { attempt: 1 }],
        ['WorkloadPlaced', { isolation: 'hyperv' }],
      );
  });

  it('never weakens the isolation', () => {
    const raised = workloadAfter(submit({ isolation: 'hyperv' }));
    expect(() => raised.when(place(1, 'process'))).toThrow(BrokenInvariant);
  });

  it('is made for one attempt at a time, and in turn', () => {
    workloadAfter(submit(), place()).when(place(2)).thenRejected('ATTEMPT_HOLDS_PLACE');
    workloadAfter(submit()).when(place(2)).thenRejected('ATTEMPT_OUT_OF_TURN');
  });
});

describe('a start', () => {
  it('is authorized with the trust and boundary that the tenant has now', () => {
    workloadAfter(submit(), place())
      .when(authorize())
      .thenEvents(['StartAuthorized', { trust: 'standard', trustBoundary: own }]);
  });

  it('is authorized again for a job that is delivered twice, and not once it runs', () => {
    const authorized = [submit(), place(), authorize()];
    workloadAfter(...authorized)
      .when(authorize())
      .thenEvents('StartAuthorized');
    workloadAfter(...authorized, started())
      .when(authorize())
      .thenNothing();
  });

  it('is refused on a shared kernel to a tenant that has become hostile or moved', () => {
    const placed = workloadAfter(submit(), place());
    placed.when(authorize(1, 'hostile')).thenRejected('WALL_TOO_WEAK');
    placed.when(authorize(1, 'trusted', 'group:red')).thenRejected('WALL_TOO_WEAK');
  });

  it('goes on in a utility VM, whose kernel nobody shares', () => {
    workloadAfter(submit(), place(1, 'hyperv'))
      .when(authorize(1, 'hostile'))
      .thenEvents('StartAuthorized');
  });

  it('is refused while the attempt is being stopped, and when it is over', () => {
    workloadAfter(submit(), place(), cancel).when(authorize()).thenRejected('ATTEMPT_STOPPING');
    workloadAfter(submit(), place(), evict()).when(authorize()).thenRejected('ATTEMPT_STOPPING');
    workloadAfter(submit()).when(authorize()).thenRejected('ATTEMPT_OVER');
  });
});

describe('a cancel', () => {
  it('ends what waits at once', () => {
    workloadAfter(submit())
      .when(cancel)
      .thenEvents('WorkloadCancelRequested', ['WorkloadCancelled', { attempt: null }]);
  });

  it('stops what runs first, and ends it when it is gone, however it exited', () => {
    const running = [submit(), place(), authorize(), started()];
    workloadAfter(...running)
      .when(cancel)
      .thenEvents('WorkloadCancelRequested');
    workloadAfter(...running, cancel)
      .when(cancel)
      .thenNothing();
    for (const exit of [exited(1, 1, 'ForcedExit'), exited(1, 0), exited(1, 7)]) {
      workloadAfter(...running, cancel, exit)
        .when(released())
        .thenEvents('ComputeSystemReleased', ['WorkloadCancelled', { attempt: 1 }]);
    }
  });

  it('ends what was placed and never started without an exit', () => {
    workloadAfter(submit(), place(), cancel)
      .when(released())
      .thenEvents('ComputeSystemReleased', 'WorkloadCancelled');
  });

  it('may be repeated, and is refused once the workload has ended otherwise', () => {
    workloadAfter(submit(), cancel).when(cancel).thenNothing();
    workloadAfter(submit(), place(), authorize(), started(), exited(), released())
      .when(cancel)
      .thenRejected('WORKLOAD_ENDED');
  });
});

describe('a time limit', () => {
  const running = [submit({ timeoutSeconds: 5 }), place(), authorize(), started()];

  it('stops what runs too long, and ends it as timed out', () => {
    workloadAfter(...running)
      .when(exceedDeadline())
      .thenEvents(['WorkloadDeadlineExceeded', { timeoutSeconds: 5 }]);
    workloadAfter(...running, exceedDeadline())
      .when(exceedDeadline())
      .thenNothing();
    workloadAfter(...running, exceedDeadline(), exited(1, 1, 'ForcedExit'))
      .when(released())
      .thenEvents('ComputeSystemReleased', 'WorkloadTimedOut');
  });

  it('means nothing before the start and after the exit', () => {
    workloadAfter(...running.slice(0, 2))
      .when(exceedDeadline())
      .thenNothing();
    workloadAfter(...running, exited())
      .when(exceedDeadline())
      .thenNothing();
  });

  it('gives way to a cancel', () => {
    workloadAfter(...running, exceedDeadline(), cancel, exited(1, 1, 'ForcedExit'))
      .when(released())
      .thenEvents('ComputeSystemReleased', 'WorkloadCancelled');
  });
});

describe('reports', () => {
  const placed = [submit(), place(), authorize()];
  const lives = [
    [...placed, started(), exited(), released()],
    [...placed, started(), exited(1, 3), released()],
    [...placed, lost(), released()],
    [
      submit({ restartPolicy: { maxAttempts: 2, backoffSeconds: 0 } }),
      place(),
      evict(),
      released(),
    ],
  ];

  it('may come twice, each of them, and change nothing the second time', () => {
    for (const life of lives) {
      for (let at = 3; at < life.length; at += 1) {
        const command = life[at];
        if (command === undefined || command.kind === 'authorize-start') continue;
        workloadAfter(...life.slice(0, at + 1))
          .when(command)
          .thenNothing();
      }
    }
  });

  it('may come in the wrong order: the exit before the start brings the missed stages', () => {
    const early = { ...exited(), timings: timingsOf(started()) } as WorkloadCommand;
    const heard = workloadAfter(...placed).when(early);
    heard.thenEvents('ComputeSystemCreated', 'ComputeSystemStarted', 'ComputeSystemExited');
    given(workloadDecider, heard.history).when(started()).thenNothing();
  });

  it('of an attempt that is over say nothing about the next one', () => {
    const second = workloadAfter(...(lives[3] ?? []), place(2), authorize(2));
    for (const command of [started(1), exited(1), lost(1), released(1), evict(1)]) {
      second.when(command).thenNothing();
    }
  });

  it('of a compute system that runs are not believed to be its release', () => {
    workloadAfter(...placed, started())
      .when(released())
      .thenNothing();
  });

  it('after the end change nothing', () => {
    const ended = workloadAfter(...(lives[0] ?? []));
    for (const command of [place(2), started(), exited(), lost(), released(), evict()]) {
      ended.when(command).thenNothing();
    }
  });

  it('cannot be folded where they cannot have happened', () => {
    const { history } = workloadAfter(...(lives[0] ?? [])).when(cancel);
    const terminal = history.at(-1);
    expect(() => fold(workloadDecider, [...history, terminal as never])).toThrow(/follows the end/);
    expect(() => fold(workloadDecider, history.slice(1))).toThrow(/precedes WorkloadSubmitted/);
    const unplaced = history.filter(({ type }) => type !== 'WorkloadPlaced');
    expect(() => fold(workloadDecider, unplaced)).toThrow(BrokenInvariant);
  });
});
