import type { UuidSource } from '@bulkhead/domain';
import type { EncodedAppend } from './encode-append.js';

/** The parameters of `log.append`, in its order: parallel arrays, members and streams counted from 1. */
export function groupColumns(group: readonly EncodedAppend[], newEventId: UuidSource): unknown[] {
  return [
    group.map(({ metadata }) => metadata),
    ...streamColumns(group),
    ...guardColumns(group),
    ...eventColumns(group, newEventId),
    ...contentColumns(group),
    ...keyColumns(group),
  ];
}

function streamColumns(group: readonly EncodedAppend[]): unknown[][] {
  const columns: unknown[][] = [[], [], [], []];
  group.forEach(({ append }, index) => {
    for (const { stream, owner, expectedVersion } of append.streams) {
      push(columns, [index + 1, stream, owner, expectedVersion]);
    }
  });
  return columns;
}

function guardColumns(group: readonly EncodedAppend[]): unknown[][] {
  const columns: unknown[][] = [[], [], []];
  group.forEach(({ append }, index) => {
    for (const { stream, version } of append.guards ?? []) {
      push(columns, [index + 1, stream, version]);
    }
  });
  return columns;
}

function eventColumns(group: readonly EncodedAppend[], newEventId: UuidSource): unknown[][] {
  const columns: unknown[][] = [[], [], [], [], [], []];
  let slot = 0;
  for (const { append, payloads } of group) {
    let next = 0;
    for (const { events } of append.streams) {
      slot += 1;
      for (const { type, schemaVersion, occurredAtMs } of events) {
        push(columns, [slot, newEventId(), type, schemaVersion, occurredAtMs, payloads[next]]);
        next += 1;
      }
    }
  }
  return columns;
}

/** Tenant and stream of a content row are those of the written stream that it points to. */
function contentColumns(group: readonly EncodedAppend[]): unknown[][] {
  const columns: unknown[][] = [[], [], [], []];
  let slotsBefore = 0;
  for (const { append, contents, contentSlots } of group) {
    (append.contents ?? []).forEach(({ part, saltHex }, nr) => {
      const slot = slotsBefore + (contentSlots[nr] as number);
      push(columns, [slot, part, saltHex, contents[nr]]);
    });
    slotsBefore += append.streams.length;
  }
  return columns;
}

function keyColumns(group: readonly EncodedAppend[]): unknown[][] {
  const columns: unknown[][] = [[], [], [], [], [], [], []];
  group.forEach(({ append: { idempotentAnswer }, answer }, index) => {
    if (idempotentAnswer === undefined) return;
    const { scope, route, key, requestSha256, status } = idempotentAnswer;
    push(columns, [index + 1, scope, route, key, requestSha256, status, answer]);
  });
  return columns;
}

function push(columns: unknown[][], row: readonly unknown[]): void {
  for (let index = 0; index < columns.length; index += 1) columns[index]?.push(row[index]);
}
