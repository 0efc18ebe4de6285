import { counted } from './counted.js';
import type { Colors } from './terminal.js';

/** A consumer as the api shows it, as far as it is printed for a person. */
export interface ShownConsumer {
  readonly name: string;
  readonly status: 'working' | 'idle' | 'waiting' | 'stopped';
  readonly position: number;
  readonly lagEvents: number;
  readonly lagSeconds: number;
  readonly projection: string | null;
  readonly isRebuilding: boolean;
  readonly skippedEvents: number;
  readonly trouble: {
    readonly position: number;
    readonly stream: string | null;
    readonly type: string;
    readonly reason: string;
    readonly advice: string;
    readonly since: string;
    readonly stoppedAt: string;
    readonly tries: number;
    readonly maySkip: boolean;
  } | null;
}

/** Consumers for a person: one a row, and below it what keeps it from going on. */
export function consumerLines(consumers: readonly ShownConsumer[], colors: Colors): string[] {
  if (consumers.length === 0) return ['no consumer has run yet'];
  const width = Math.max(...consumers.map(({ name }) => name.length));
  return consumers.flatMap((consumer) => {
    const { name, status } = consumer;
    const paint = status === 'working' ? colors.green : troubled(status, colors);
    const row = [name.padEnd(width), paint(status.padEnd('working'.length)), factsOf(consumer)];
    return [row.join('  '), ...troubleLines(consumer)];
  });
}

function troubled(status: ShownConsumer['status'], colors: Colors) {
  return status === 'stopped' ? colors.red : colors.yellow;
}

function factsOf(consumer: ShownConsumer): string {
  const { position, lagEvents, lagSeconds, skippedEvents, isRebuilding } = consumer;
  const lag = lagEvents === 0 ? 'at the head' : `${counted(lagEvents, 'event')} behind`;
  return [
    `position ${position}, ${lag}${lagSeconds >= 1 ? ` (${Math.round(lagSeconds)} s)` : ''}`,
    ...(isRebuilding ? ['rebuilds'] : []),
    ...(skippedEvents > 0 ? [`${skippedEvents} skipped`] : []),
  ].join(', ');
}

/** Idle sounds as if there were nothing to do, so what it means stands below it. */
const NOBODY =
  '  no worker works for it: one takes over within five seconds; where none does, start a worker';

function troubleLines({ status, trouble }: ShownConsumer): string[] {
  if (trouble === null) return status === 'idle' ? [NOBODY] : [];
  const { position, type, stream, since, stoppedAt, tries, reason, advice } = trouble;
  const of = stream === null ? '' : ` of ${stream}`;
  const tried = tries > 1 ? `, tried ${tries} times, last at ${stoppedAt}` : '';
  const where = `  ${status} before position ${position} (${type}${of}) since ${since}${tried}`;
  return [where, `  ${reason}`, `  ${advice}`];
}

/** What a skip would do, for whoever has not said yet that it is to be done. */
export function skipLines(
  name: string,
  consumers: readonly ShownConsumer[],
  position: number,
): string[] {
  const consumer = consumers.find((one) => one.name === name);
  if (consumer === undefined) {
    return [
      `There is no consumer ${name}. There are ${consumers.map((one) => one.name).join(', ')}.`,
    ];
  }
  const { trouble, status, projection } = consumer;
  if (trouble === null) return [`${name} is not stopped (${status}), so nothing can be skipped.`];
  if (!trouble.maySkip) {
    return [`${name} is ${status} before position ${trouble.position}, which cannot be skipped.`];
  }
  if (trouble.position !== position) {
    return [`${name} is stopped before position ${trouble.position}, not ${position}.`];
  }
  const after =
    projection === null
      ? 'The jobs that it asks for are not made from it; comparing hosts with the log finds what is missing, after half a minute or more.'
      : `The read model may be wrong for ${trouble.stream} until it is rebuilt: bulkhead projection rebuild ${projection}.`;
  return [
    ...troubleLines(consumer)
      .slice(0, -1)
      .map((line) => line.trim()),
    `To skip it leaves ${trouble.type} of ${trouble.stream} out of ${name} for good. ${after}`,
    'Who skips it and why is recorded in the log. Nothing was done yet: say --yes to do it.',
  ];
}
