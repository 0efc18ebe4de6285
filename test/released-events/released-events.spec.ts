import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import {
  advisoryBoardDecider,
  advisoryDecider,
  batchDecider,
  consumerDecider,
  credentialDecider,
  type DomainEvent,
  fold,
  hostDecider,
  imageDecider,
  incidentDecider,
  kernelDecider,
  placerDecider,
  policyDecider,
  projectionDecider,
  queueDecider,
  scheduleDecider,
  templateDecider,
  tenantDecider,
  webhookDecider,
  workloadDecider,
} from '@bulkhead/domain';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { KNOWN_EVENTS, knownEvents } from '../../libs/event-store/src/log/known-events.js';
import { oneOfEachType } from '../domain/every-event.js';
import { type Folded, folds, type Type } from './histories.js';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const names = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  /\.v\d+\.json$/.test(name),
);
const released = new Map(names.map((name) => [name, JSON.parse(read(name)) as DomainEvent]));
const fingerprints = JSON.parse(read('fingerprints.json')) as Record<string, string>;

const deciders: Readonly<Record<Folded['stream'], Parameters<typeof fold>[0]>> = {
  tenant: tenantDecider as never,
  credential: credentialDecider as never,
  workload: workloadDecider as never,
  batch: batchDecider as never,
  schedule: scheduleDecider as never,
  host: hostDecider as never,
  kernel: kernelDecider as never,
  template: templateDecider as never,
  policy: policyDecider as never,
  image: imageDecider as never,
  advisory: advisoryDecider as never,
  advisoryBoard: advisoryBoardDecider as never,
  incident: incidentDecider as never,
  webhook: webhookDecider as never,
  placer: placerDecider as never,
  consumer: consumerDecider as never,
  projection: projectionDecider as never,
  queue: queueDecider as never,
};

/** What a history is made of. */
const newest = (type: Type) => released.get(`${type}.v${KNOWN_EVENTS[type]}.json`) as DomainEvent;

/** The names of all fields, arrays by their first element; null stands for a field that may be empty. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : [shapeOf(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]));
}

/** Where two shapes differ; what is empty in one of them says nothing. */
function differences(a: unknown, b: unknown, path = 'payload'): string[] {
  if (a === null || b === null) return [];
  if (typeof a !== 'object' || typeof b !== 'object') return a === b ? [] : [path];
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...fields].flatMap((field) => {
    const [left, right] = [a, b].map((shape) => (shape as Record<string, unknown>)[field]);
    const name = `${path}.${field}`;
    return left === undefined || right === undefined ? [name] : differences(left, right, name);
  });
}

describe('every event that was ever released', () => {
  it('has a file for each type and version, and no file is of anything else', () => {
    const expected = Object.entries(KNOWN_EVENTS).flatMap(([type, version]) =>
      Array.from({ length: version }, (_, at) => `${type}.v${at + 1}.json`),
    );
    expect([...names].sort()).toEqual(expected.sort());
  });

  it.each(names)('%s says what its name says', (name) => {
    const { type, schemaVersion } = released.get(name) as DomainEvent;
    expect(`${type}.v${schemaVersion}.json`).toBe(name);
  });

  it.each(names)('%s has not been edited since its release', (name) => {
    const canonical = canonicalize(released.get(name)) ?? '';
    const fingerprint = createHash('sha256').update(canonical).digest('hex');
    expect(fingerprint, `${name}: write a new version instead`).toBe(fingerprints[name]);
  });

  it('is in the list of fingerprints, and so is nothing else', () => {
    expect(Object.keys(fingerprints).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s, as this version reads it, folds in a history where it may stand', (name) => {
    const event = knownEvents.read(1, released.get(name) as DomainEvent);
    const { stream, after } = folds[event.type];
    const decider = deciders[stream];
    const before = fold(decider, after.map(newest));
    const state = fold(decider, [event], before);
    const changesNothing = ['BatchTasksAdded'].includes(event.type);
    if (changesNothing) expect(state).toEqual(before);
    else expect(state).not.toEqual(before);
  });

  it.each([...oneOfEachType()])(
    '%s still has the fields that it was released with, or has a new version',
    (type, { event }) => {
      expect(differences(shapeOf(newest(type).payload), shapeOf(event.payload))).toEqual([]);
    },
  );
});
