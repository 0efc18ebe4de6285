import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HostJournal, JournalEntry } from '@bulkhead/checker';
import { isId } from '@bulkhead/domain';

const ENDING = '.ndjson';

/** A journal holds a line that no host writes. */
export class BrokenJournal extends Error {
  override readonly name = 'BrokenJournal';
}

/**
 * The journals of simulated hosts in a folder, one file a host. Their lines are read when the checker asks
 * for them, which is after the log. A folder that does not exist holds none.
 */
export function journalsIn(folder: string): readonly HostJournal[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(ENDING))
    .map((name) => ({ name, hostId: name.slice(0, -ENDING.length) }))
    .flatMap(({ name, hostId }) =>
      isId('host', hostId) ? [{ hostId, entries: readEntries(join(folder, name)) }] : [],
    );
}

/** The last line may be one that is being written; anything else that is no entry is an error. */
async function* readEntries(path: string): AsyncGenerator<JournalEntry> {
  let number = 0;
  let broken: string | null = null;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (broken !== null) throw new BrokenJournal(broken);
    number += 1;
    const entry = parsed(line);
    if (entry === null) broken = `${path} line ${number} is no journal entry`;
    else yield entry;
  }
}

function parsed(line: string): JournalEntry | null {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return null;
  }
}
