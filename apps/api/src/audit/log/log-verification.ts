import type { StoredHead } from '@bulkhead/event-store';
import {
  MissingTile,
  NoteRefused,
  type NoteVerifier,
  openTreeHead,
  type RawEntry,
  rootAt,
  type SignedTreeHead,
  type Verdict,
  verifyEntries,
} from '@bulkhead/event-store/proof';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { NEXT_TURN, type NextTurn } from '../../sources.js';
import { AUDIT_POOL } from '../audit-pool.js';
import { allEntries } from './list-log-entries.handler.js';
import type { VerificationView } from './log-entry.schema.js';
import { base64, SignedTree } from './signed-tree.js';
import { alreadyVerifying, callerGone, verificationStopped } from './tree-problems.js';
import { VerifierKeys } from './verifier-keys.js';

/** A few milliseconds of work; requests are served between batches. */
const BATCH = { limit: 100 };

/** Recomputes the whole log against its own tree and newest head. One at a time in this process. */
@Injectable()
export class LogVerification implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private isRunning = false;

  constructor(
    @Inject(AUDIT_POOL) private readonly pool: pg.Pool,
    private readonly tree: SignedTree,
    private readonly keys: VerifierKeys,
    @Inject(NEXT_TURN) private readonly nextTurn: NextTurn,
  ) {}

  /** Before the server drains: a recomputation may take longer than anybody waits for that. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** @throws RequestProblem where one is running, nothing was signed, or the process stops */
  async run(gone: AbortSignal): Promise<VerificationView> {
    if (this.isRunning) throw alreadyVerifying();
    this.isRunning = true;
    try {
      return await this.verify(AbortSignal.any([gone, this.stopping.signal]));
    } catch (error) {
      if (this.stopping.signal.aborted) throw verificationStopped();
      if (gone.aborted) throw callerGone();
      throw error;
    } finally {
      this.isRunning = false;
    }
  }

  private async verify(signal: AbortSignal): Promise<VerificationView> {
    const keys = this.keys.all();
    const stored = await this.tree.newestHead();
    const { head: logSize } = await this.tree.stored.status();
    const head = trusted(stored, keys);
    const entries = allEntries(this.pool, BATCH, signal, this.nextTurn);
    const verdict = await verifyEntries({
      entries: upTo(logSize, entries),
      heads: typeof head === 'string' ? [] : [head],
      storedTree: this.tree.stored,
    });
    if (!verdict.ok || typeof head === 'string') return verificationView(verdict, stored, head);
    return verificationView(verdict, stored, await this.wrongTree(head));
  }

  /** Leaves were compared one by one; what stands above them shows in the root. */
  private async wrongTree(head: SignedTreeHead): Promise<SignedTreeHead | string> {
    try {
      const root = await rootAt(this.tree.stored, head.size);
      return root.equals(head.rootHash)
        ? head
        : `the stored tree has another root than ${head.size} events have: proofs from it are wrong`;
    } catch (error) {
      if (!(error instanceof MissingTile)) throw error;
      return `the stored tree is damaged: ${error.message}`;
    }
  }
}

/** The head where its signature is right, or what is wrong with it. */
function trusted(stored: StoredHead, keys: readonly NoteVerifier[]): SignedTreeHead | string {
  try {
    const head = openTreeHead(stored.signedNote, keys);
    if (head.size === stored.size && head.rootHash.equals(stored.rootHash)) return head;
    return `the stored tree head of size ${stored.size} says something else than its row`;
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    return `the stored tree head of size ${stored.size} cannot be trusted: ${error.message}`;
  }
}

/** What is appended while this reads is not waited for. */
async function* upTo(size: number, entries: AsyncIterable<RawEntry>) {
  for await (const entry of entries) {
    if (entry.position > size) return;
    yield entry;
  }
}

function verificationView(
  verdict: Verdict,
  stored: StoredHead,
  head: SignedTreeHead | string,
): VerificationView {
  const fault = verdict.ok ? null : verdict.fault;
  const headProblem = typeof head === 'string' ? head : null;
  return {
    verified: fault === null && headProblem === null,
    size: verdict.size,
    rootHash: verdict.ok ? base64(verdict.rootHash) : null,
    signedSize: stored.size,
    firstBadPosition: fault?.position ?? null,
    lastBadPosition: fault?.through ?? null,
    problem: fault?.message ?? headProblem,
  };
}
