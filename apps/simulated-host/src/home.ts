import {
  closeSync,
  existsSync,
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
import { type HostId, type HostSpec, isId, type TimeMs } from '@bulkhead/domain';
import type { HostHistory, JournalSink } from '@bulkhead/hypervisor/simulated';
import type { HostClock } from './host-clock.js';
import { JournalFile, lastEntryMs, readHistory } from './journal-file.js';
import { hostClockSchema, hostSpecSchema } from './schemas.js';

const JOURNAL = '.ndjson';
const HOST = '.json';
const CLOCK = 'clock.json';

/** The folder in which the fleet outlives its process: one specification and one journal a host, and their clock. */
export class Home {
  readonly #hosts: string;
  readonly #journals: string;
  readonly #clock: string;

  constructor(folder: string) {
    this.#hosts = join(folder, 'hosts');
    this.#journals = join(folder, 'journals');
    this.#clock = join(folder, CLOCK);
    for (const made of [this.#hosts, this.#journals]) {
      mkdirSync(made, { recursive: true, mode: 0o700 });
    }
  }

  keep(spec: HostSpec): void {
    writeWhole(join(this.#hosts, spec.hostId + HOST), spec);
  }

  /** Null where the hosts never had a clock of their own. */
  clock(): HostClock | null {
    if (!existsSync(this.#clock)) return null;
    const parsed = hostClockSchema.safeParse(JSON.parse(readFileSync(this.#clock, 'utf8')));
    if (parsed.success) return parsed.data;
    throw new Error(`${this.#clock} is not the clock of hosts: ${parsed.error.message}`);
  }

  keepClock(clock: HostClock): void {
    writeWhole(this.#clock, clock);
  }

  /** What time it was on the hosts when the newest entry of all journals was written; 0 where there is none. */
  toldMs(): TimeMs {
    const ids = idsIn(this.#journals, JOURNAL);
    return ids.reduce((ms, hostId) => Math.max(ms, lastEntryMs(this.journalPath(hostId))), 0);
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

/** Whole or not at all: a crash in between leaves no half specification. */
function writeWhole(path: string, content: HostSpec | HostClock): void {
  const unfinished = `${path}.unfinished`;
  const descriptor = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(descriptor, JSON.stringify(content));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, path);
}

function idsIn(folder: string, ending: string): HostId[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .filter((name): name is HostId => isId('host', name))
    .sort();
}
