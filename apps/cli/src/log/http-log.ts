import {
  type NoteVerifier,
  parseEntryLine,
  parseVerifierKeys,
  type RawEntry,
  type TileId,
  type TileReader,
} from '@bulkhead/event-store/proof';
import type { ApiClient } from '../http/api-client.js';
import { isRecord, RequestRefused } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import {
  answered,
  InclusionAnswer,
  type ServedTreeHead,
  TilesAnswer,
  TreeHeadAnswer,
  VerifierKeysAnswer,
} from './log-answers.js';

const ROUTE = '/v1/audit/log';
/** As many as the api gives at once; it ends a page sooner where entries are large. */
const PAGE_ENTRIES = 5_000;
const TILES_AT_ONCE = 64;

/** The log as a server shows it. Nothing that it says is believed: all of it is there to be checked. */
export class HttpLog implements TileReader {
  constructor(
    private readonly client: Pick<ApiClient, 'get'>,
    private readonly signal: AbortSignal,
  ) {}

  /** The newest tree head, unchecked; null where none was signed yet. */
  async treeHead(): Promise<ServedTreeHead | null> {
    const path = `${ROUTE}/tree-head`;
    try {
      return answered(TreeHeadAnswer, path, (await this.client.get(path)).body);
    } catch (error) {
      if (error instanceof RequestRefused && error.problem.code === 'NO_TREE_HEAD') return null;
      throw error;
    }
  }

  /** The keys that the server itself names. @throws WrongNoteKey */
  async verifierKeys(): Promise<readonly NoteVerifier[]> {
    const path = `${ROUTE}/verifier-keys`;
    const { keys } = answered(VerifierKeysAnswer, path, (await this.client.get(path)).body);
    return parseVerifierKeys(keys.join('\n'));
  }

  async inclusionProof(position: number) {
    const path = `${ROUTE}/proof/inclusion?position=${position}`;
    const answer = answered(InclusionAnswer, path, (await this.client.get(path)).body);
    return {
      ...answer,
      leafHash: Buffer.from(answer.leafHash, 'base64'),
      hashes: answer.hashes.map((hash) => Buffer.from(hash, 'base64')),
    };
  }

  /** The line of the first entry from a position on; null where the log ends before. */
  async line(position: number): Promise<string | null> {
    const [line] = await this.page(`afterPosition=${position - 1}&limit=1`);
    return line ?? null;
  }

  /** Every entry up to a position, from the very first. @throws MalformedEntry */
  async *entries(upTo: number): AsyncGenerator<RawEntry> {
    for await (const lines of this.pages(upTo)) {
      for (const line of lines) {
        const entry = parseEntryLine(line);
        if (entry.position > upTo) return;
        yield entry;
      }
    }
  }

  /**
   * The lines of the log, page after page; the next page is on its way while one is worked on. The last
   * page may reach beyond `upTo`.
   */
  async *pages(upTo: number): AsyncGenerator<readonly string[]> {
    let reached = Number.NEGATIVE_INFINITY;
    let next = this.page(`limit=${PAGE_ENTRIES}`);
    for (;;) {
      const lines = await next;
      const last = lines.at(-1);
      if (last === undefined) return;
      const position = positionOf(last);
      // Where positions do not go on, the one who reads them sees that something is wrong.
      const isEnd = position === null || position <= reached || position >= upTo;
      if (!isEnd) {
        reached = position;
        next = this.page(`limit=${PAGE_ENTRIES}&afterPosition=${Math.max(position, 0)}`);
        // Its failure is told when it is waited for, which may be never.
        next.catch(() => undefined);
      }
      yield lines;
      if (isEnd) return;
    }
  }

  async readTiles(ids: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]> {
    const tiles: (Uint8Array | undefined)[] = [];
    for (let from = 0; from < ids.length; from = tiles.length) {
      const run = sideBySide(ids.slice(from, from + TILES_AT_ONCE));
      tiles.push(...(await this.tilesOf(run)));
    }
    return tiles;
  }

  private async tilesOf(run: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { level = 0, index = 0 } = run[0] ?? {};
    const path = `${ROUTE}/tiles?level=${level}&index=${index}&count=${run.length}`;
    const { tiles } = answered(TilesAnswer, path, (await this.client.get(path)).body);
    return run.map((_, nr) => {
      const hashes = tiles[nr];
      return hashes ? Buffer.from(hashes, 'base64') : undefined;
    });
  }

  private async page(query: string): Promise<readonly string[]> {
    this.signal.throwIfAborted();
    const path = `${ROUTE}/entries?${query}`;
    const { body } = await this.client.get(path);
    if (body === null) return [];
    if (typeof body !== 'string') throw new BadAnswer(`${path} answered no lines`);
    return (body.endsWith('\n') ? body.slice(0, -1) : body).split('\n');
  }
}

/** The first of them that stand beside each other on one level. */
function sideBySide(ids: readonly TileId[]): readonly TileId[] {
  const [first] = ids;
  const end = ids.findIndex(
    ({ level, index }, nr) => level !== first?.level || index !== first.index + nr,
  );
  return end < 0 ? ids : ids.slice(0, end);
}

function positionOf(line: string): number | null {
  try {
    const value: unknown = JSON.parse(line);
    const position = isRecord(value) ? value['position'] : null;
    return Number.isSafeInteger(position) ? (position as number) : null;
  } catch {
    return null;
  }
}
