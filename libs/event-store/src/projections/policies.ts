import { type PolicyEvent, type PolicyState, policyDecider } from '@bulkhead/domain';
import { projectionOf } from './read-model.js';

/** One row, of the one policy stream. No list shows it: it spares submissions the stream's history. */
export const policiesProjection = projectionOf<PolicyState, PolicyEvent>({
  table: 'policies',
  idColumn: 'policy',
  version: 4,
  prefix: 'policy',
  decider: policyDecider,
  types: { PolicyPublished: true },
  columns: [],
});
