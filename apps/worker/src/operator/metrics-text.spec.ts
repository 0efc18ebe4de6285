import { describe, expect, it } from 'vitest';
import { metricsText } from './metrics-text.js';
import type { HealthReport } from './worker-health.js';

const report: HealthReport = {
  ready: false,
  problems: ['tree is stopped'],
  components: { tree: 'stopped' },
  lag: {},
  consumers: {},
  queue: { datastore: 'postgres', answers: true, jobs: {} },
  head: 913,
  tree: { head: 913, treeSize: 914, signedSize: 914, headAgeMs: 1_000 },
};

describe('the metrics of a worker', () => {
  it('count no events below zero where the log was cut off under its tree', () => {
    const lines = metricsText(report, 913).split('\n');
    expect(lines).toContain('bulkhead_tree_lag_events 0');
    expect(lines).toContain('bulkhead_tree_unsigned_events 0');
    expect(lines).toContain('bulkhead_component_running{component="tree"} 0');
  });
});
