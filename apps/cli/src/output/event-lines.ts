import type { Colors } from './terminal.js';

export interface ShownEvent {
  readonly id: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Payload = ShownEvent['payload'];

/** What every row has in common: the reader named the workload, and its parts follow from the attempt. */
const IMPLIED: ReadonlySet<string> = new Set([
  'workloadId',
  'tenantId',
  'computeSystemId',
  'kernelInstanceId',
  'trustBoundary',
]);
const GAP = '  ';
const CUT = '…';

/** Events for a person, one a row, cut at the given width; everything else is left to `--json`. */
export function eventLines(
  events: readonly ShownEvent[],
  colors: Colors,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const [first] = events;
  if (first === undefined) return ['no events'];
  const startMs = Date.parse(first.recordedAt);
  const rows = events.map(({ id, type, recordedAt, ...rest }) => ({
    id: String(id),
    after: `+${Date.parse(recordedAt) - startMs} ms`,
    type,
    facts: factsOf({ type, ...rest }),
  }));
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const idWidth = widest(rows.map(({ id }) => id));
  const afterWidth = widest(rows.map(({ after }) => after));
  const typeWidth = widest(rows.map(({ type }) => type));
  return [
    `recorded from ${first.recordedAt} on`,
    ...rows.map(({ id, after, type, facts }) => {
      const cells = [id.padStart(idWidth), after.padStart(afterWidth), type.padEnd(typeWidth)];
      const line = cut([...cells, facts].join(GAP).trimEnd(), width);
      return line.replace(type, colors.bold(type));
    }),
  ];
}

/** As much of a line as fits. */
export function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}${CUT}`;
}

/** What a person wants to know of an event: what was decided and where, then the other plain fields. */
export function factsOf({
  type,
  payload,
  occurredAt,
}: Omit<ShownEvent, 'id' | 'recordedAt'>): string {
  return Object.entries(chosenFacts(type, payload, occurredAt))
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function chosenFacts(type: string, payload: Payload, occurredAt: string): Payload {
  if (type === 'WorkloadSubmitted') return { image: field(payload['request'], 'image') };
  if (type === 'IsolationDecided') {
    const { attempt, decision, hostId } = payload;
    const reasons = field(decision, 'reasons');
    const rules = Array.isArray(reasons) ? reasons.map((reason) => field(reason, 'rule')) : [];
    const isolation = field(decision, 'isolation');
    return { attempt, isolation, rules: rules.join(',') || 'none', host: hostId };
  }
  if (type === 'WorkloadPlaced') {
    const { attempt, isolation, hostId } = payload;
    return { attempt, isolation, host: hostId };
  }
  return Object.fromEntries(
    Object.entries(payload)
      .filter(([name]) => !IMPLIED.has(name))
      .map(([name, value]) => readable(name, value, occurredAt)),
  );
}

/** Times are epochs in the log; a person reads how long it took, or when it will be. */
function readable(name: string, value: unknown, occurredAt: string): [string, unknown] {
  if (typeof value !== 'number') return [name, value];
  if (name === 'startedAtMs') return ['tookMs', Math.max(0, Date.parse(occurredAt) - value)];
  if (name === 'notBeforeMs') return ['notBefore', new Date(value).toISOString()];
  return [name, value];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
