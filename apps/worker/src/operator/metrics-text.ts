import type { ConsumerHealth, HealthReport } from './worker-health.js';

/** The report in the text format that Prometheus reads. */
export function metricsText(report: HealthReport, fleetPosition: number): string {
  return [
    gauge('bulkhead_log_head_position', 'Position of the newest event.', [['', report.head]]),
    gauge('bulkhead_fleet_position', 'Newest event of the fleet that this worker has folded.', [
      ['', fleetPosition],
    ]),
    gauge(
      'bulkhead_consumer_lag_events',
      'Events that a consumer has not passed yet.',
      Object.entries(report.lag).map(([name, lag]) => [`{consumer="${name}"}`, lag]),
    ),
    gauge(
      'bulkhead_consumer_stopped',
      'Whether a consumer stands before an event that it cannot apply (1), until an operator acts.',
      consumersWhere(report, 'stopped'),
    ),
    gauge(
      'bulkhead_consumer_waiting_for_newer_version',
      'Whether a consumer stands before an event that only a newer version knows (1).',
      consumersWhere(report, 'waiting'),
    ),
    ...treeGauges(report),
    ...queueGauges(report),
    gauge(
      'bulkhead_component_running',
      'Whether a component runs (1) or waits after a failure, or has stopped (0).',
      Object.entries(report.components).map(([name, health]) => [
        `{component="${name}"}`,
        health === 'running' ? 1 : 0,
      ]),
    ),
  ].join('');
}

function consumersWhere({ consumers }: HealthReport, wanted: ConsumerHealth): [string, number][] {
  return Object.entries(consumers).map(([name, health]) => [
    `{consumer="${name}"}`,
    health === wanted ? 1 : 0,
  ]);
}

function treeGauges({ tree }: HealthReport): string[] {
  if (tree === null) return [];
  const { head, treeSize, signedSize, headAgeMs } = tree;
  return [
    gauge('bulkhead_tree_lag_events', 'Events that the tree over the log does not cover yet.', [
      // A log that was cut off is shorter than its tree; nothing is missing from the tree then.
      ['', Math.max(0, head - treeSize)],
    ]),
    gauge('bulkhead_tree_unsigned_events', 'Events that no signed tree head covers yet.', [
      ['', Math.max(0, head - signedSize)],
    ]),
    gauge(
      'bulkhead_tree_head_age_seconds',
      'How long ago the newest tree head was signed. It grows while the log is quiet.',
      headAgeMs === null ? [] : [['', headAgeMs / 1000]],
    ),
  ];
}

function queueGauges({ queue }: HealthReport): string[] {
  const queues = Object.entries(queue.jobs);
  const samples = queues.flatMap(([name, { oldestWaitingMs: _, ...counts }]) =>
    Object.entries(counts).map(([state, count]): [string, number] => [
      `{queue="${name}",state="${state}"}`,
      count,
    ]),
  );
  const ages = queues.map(([name, { oldestWaitingMs }]): [string, number] => [
    `{queue="${name}"}`,
    oldestWaitingMs / 1_000,
  ]);
  return [
    gauge('bulkhead_queue_jobs', 'Jobs by queue and state; failed means for good.', samples),
    gauge('bulkhead_queue_oldest_seconds', 'How long the first job of a queue has waited.', ages),
    gauge('bulkhead_queue_answers', 'Whether the datastore of the queues answers (1).', [
      [`{datastore="${queue.datastore}"}`, queue.answers ? 1 : 0],
    ]),
  ];
}

function gauge(name: string, help: string, samples: readonly [string, number][]): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}
