import canonicalize from 'canonicalize';
import type { RawEntry } from './raw-entry.js';

const STREAMS = 7;
const STARTED_AT_MS = Date.UTC(2026, 10, 21, 10, 42);

/** A log of `count` entries as the log writes them: a few streams in turn, platform and tenants'. */
export function sampleEntries(count: number): RawEntry[] {
  return Array.from({ length: count }, (_, nr) => sampleEntry(nr));
}

function sampleEntry(nr: number): RawEntry {
  const stream = nr % STREAMS;
  const ownerNr = stream % 3;
  const tenant = ownerNr === 0 ? null : `ten_${String(ownerNr).repeat(32)}`;
  const payload = {
    nr,
    note: `übung ${nr} 🍂 "quoted" \\ \u001f`,
    ratio: nr / 8,
    empty: {},
    list: [],
  };
  return {
    position: nr + 1,
    eventId: `01937b2e-0000-7000-8000-${nr.toString(16).padStart(12, '0')}`,
    stream: tenant === null ? `host-${stream}` : `workload-${stream}`,
    version: Math.floor(nr / STREAMS) + 1,
    type: tenant === null ? 'HostBooted' : 'WorkloadSubmitted',
    schemaVersion: 1,
    tenant,
    occurredAtMs: STARTED_AT_MS + nr * 10 - 3,
    recordedAtMs: STARTED_AT_MS + Math.floor(nr / 4) * 40,
    metadata: canonical({ actor: { id: 'placer', kind: 'system' }, correlationId: `c${nr % 5}` }),
    payload: canonical(payload),
  };
}

export function canonical(value: unknown): string {
  return canonicalize(value) as string;
}
