import { describe, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { projectionDecider } from './decide.js';

const ask = (answered: number, isBuilding = false) =>
  ({
    kind: 'request-rebuild',
    projection: 'workloads',
    reason: 'its rows were edited by hand',
    answered,
    isBuilding,
    nowMs: NOW_MS,
  }) as const;

describe('a read model', () => {
  const first = given(projectionDecider, []).when(ask(0));
  const asked = given(projectionDecider, first.history);

  it('is made anew when an operator asks for it, and the record says why', () => {
    first.thenEvents([
      'ProjectionRebuildRequested',
      { projection: 'workloads', reason: 'its rows were edited by hand' },
    ]);
  });

  it('is made anew once, however often an operator asks before that is done', () => {
    asked.when(ask(0)).thenNothing();
    asked.when(ask(1, true)).thenNothing();
  });

  it('is not made anew for a request while a new version of the service does so anyhow', () => {
    given(projectionDecider, []).when(ask(0, true)).thenNothing();
  });

  it('is made anew again when an operator asks again later', () => {
    asked.when(ask(1)).thenEvents('ProjectionRebuildRequested');
  });
});
