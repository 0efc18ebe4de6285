import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type HostId, type HostSpec, isId } from '@bulkhead/domain';
import type { HostHistory, JournalSink } from '@bulkhead/hypervisor/simulated';
import { JournalFile, readHistory } from './journal-file.js';
import { hostSpecSchema } from './schemas.js';

const JOURNAL = '.ndjson';
const HOST = '.json';

/** The folder in which the fleet outlives its process: one specification and one journal a host. */
export class Home {
  readonly #hosts: string;
  readonly #journals: string;

  constructor(folder: string) {
    this.#hosts = join(folder, 'hosts');
    this.#journals = join(folder, 'journals');
    for (const made of [this.#hosts, this.#journals]) {
      mkdirSync(made, { recursive: true, mode: 0o700 });
    }
  }

  /** Whole or not at all: a crash in between leaves no half specification. */
  keep(spec: HostSpec): void {
    const path = join(this.#hosts, spec.hostId + HOST);
    const unfinished = `${path}.unfinished`;
    const descriptor = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(descriptor, JSON.stringify(spec));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, path);
  }

  hosts(): readonly HostSpec[] {
    return idsIn(this.#hosts, HOST).map((hostId) => {
      const path = join(this.#hosts, hostId + HOST);
      const parsed = hostSpecSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (!parsed.success) throw new Error(`${path} is not a host: ${parsed.error.message}`);
      return parsed.data;
    });
  }

  openJournal(hostId: HostId): { sink: JournalSink; history: HostHistory } {
    const path = this.journalPath(hostId);
    const history = readHistory(path);
    return { sink: new JournalFile(path), history };
  }

  journals(): readonly { hostId: HostId; bytes: number }[] {
    return idsIn(this.#journals, JOURNAL).map((hostId) => ({
      hostId,
      bytes: statSync(this.journalPath(hostId)).size,
    }));
  }

  journalPath(hostId: HostId): string {
    return join(this.#journals, hostId + JOURNAL);
  }
}

function idsIn(folder: string, ending: string): HostId[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .filter((name): name is HostId => isId('host', name))
    .sort();
}
