import type { UuidSource } from '@bulkhead/domain';
import type { EncodedAppend } from './encode-append.js';
import { jsonTexts, numberArray, textArray } from './parameter-text.js';

/** A parameter as Postgres reads it; null where nobody in the group has such a thing. */
type Column = string | null;

/**
 * The parameters of `log.append`, in its order: parallel arrays, members and streams counted from 1.
 * They are written here and not by `pg`, which would quote every number and escape every payload.
 */
export function groupColumns(group: readonly EncodedAppend[], newEventId: UuidSource): Column[] {
  return [
    ...streamAndEventColumns(group, newEventId),
    ...guardColumns(group),
    ...contentColumns(group),
    ...answerColumns(group),
  ];
}

function streamAndEventColumns(group: readonly EncodedAppend[], newEventId: UuidSource): Column[] {
  const members: number[] = [];
  const streams: string[] = [];
  const owners: (string | null)[] = [];
  const expected: number[] = [];
  const before: number[] = [];
  const slots: number[] = [];
  const ids: string[] = [];
  const types: string[] = [];
  const schemaVersions: number[] = [];
  const times: number[] = [];
  const metadata: string[] = [];
  const payloads: string[] = [];
  group.forEach((member, index) => {
    let next = 0;
    for (const { stream, owner, expectedVersion, events } of member.append.streams) {
      members.push(index + 1);
      streams.push(stream);
      owners.push(owner);
      expected.push(expectedVersion);
      before.push(ids.length);
      for (const { type, schemaVersion, occurredAtMs } of events) {
        slots.push(streams.length);
        ids.push(newEventId());
        types.push(type);
        schemaVersions.push(schemaVersion);
        times.push(occurredAtMs);
        metadata.push(member.metadata);
        payloads.push(member.payloads[next] as string);
        next += 1;
      }
    }
  });
  const oneEach = slots.length === streams.length && slots.every((slot, nr) => slot === nr + 1);
  return [
    numberArray(members),
    textArray(streams),
    textArray(owners),
    numberArray(expected),
    oneEach ? null : numberArray(before),
    oneEach ? null : numberArray(slots),
    numberArray(ids),
    textArray(types),
    numberArray(schemaVersions),
    numberArray(times),
    jsonTexts(metadata),
    jsonTexts(payloads),
  ];
}

function guardColumns(group: readonly EncodedAppend[]): Column[] {
  const members: number[] = [];
  const streams: string[] = [];
  const versions: number[] = [];
  group.forEach(({ append: { guards = [] } }, index) => {
    for (const { stream, version } of guards) {
      members.push(index + 1);
      streams.push(stream);
      versions.push(version);
    }
  });
  if (members.length === 0) return NO_GUARDS;
  return [numberArray(members), textArray(streams), numberArray(versions)];
}

/** Tenant and stream of a content row are those of the written stream that it points to. */
function contentColumns(group: readonly EncodedAppend[]): Column[] {
  const slots: number[] = [];
  const parts: number[] = [];
  const salts: string[] = [];
  const bodies: string[] = [];
  let slotsBefore = 0;
  for (const { append, contents, contentSlots } of group) {
    (append.contents ?? []).forEach(({ part, saltHex }, nr) => {
      slots.push(slotsBefore + (contentSlots[nr] as number));
      parts.push(part);
      salts.push(saltHex);
      bodies.push(contents[nr] as string);
    });
    slotsBefore += append.streams.length;
  }
  if (slots.length === 0) return NO_CONTENTS;
  return [numberArray(slots), numberArray(parts), textArray(salts), jsonTexts(bodies)];
}

/** An answer points to a stream of its scope's tenant; a platform route's points to the first one. */
function answerColumns(group: readonly EncodedAppend[]): Column[] {
  const slots: number[] = [];
  const digests: string[] = [];
  const scopes: string[] = [];
  const hashes: string[] = [];
  const statuses: number[] = [];
  const bodies: string[] = [];
  let slotsBefore = 0;
  for (const { append, answer, answerDigest } of group) {
    const { streams, idempotentAnswer } = append;
    if (idempotentAnswer !== undefined) {
      const own = streams.findIndex(({ owner }) => owner === idempotentAnswer.scope);
      slots.push(slotsBefore + Math.max(own, 0) + 1);
      digests.push(answerDigest as string);
      scopes.push(idempotentAnswer.scope);
      hashes.push(idempotentAnswer.requestSha256);
      statuses.push(idempotentAnswer.status);
      bodies.push(answer as string);
    }
    slotsBefore += streams.length;
  }
  if (slots.length === 0) return NO_ANSWERS;
  const inOrder = slots.every((slot, nr) => slot === nr + 1);
  return [
    inOrder ? null : numberArray(slots),
    numberArray(digests),
    textArray(scopes),
    textArray(hashes),
    numberArray(statuses),
    jsonTexts(bodies),
  ];
}

const NO_GUARDS: Column[] = [null, null, null];
const NO_CONTENTS: Column[] = [null, null, null, null];
const NO_ANSWERS: Column[] = [null, null, null, null, null, null];
