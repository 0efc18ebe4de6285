import type { Clock, CredentialId, TenantId } from '@bulkhead/domain';
import type { TenantCaller } from '../auth/caller.js';
import type { CredentialDirectory } from '../auth/credential-directory.js';
import { RequestProblem } from '../problems/problem.js';
import { unavailable } from '../problems/problems.js';
import type { Timers } from '../sources.js';
import { type CloseReason, FrameStream, type Frames } from './frame-stream.js';

/** Streams that may be open at once, in one process and of one tenant in it. */
export const OPEN_STREAMS_MAX = { all: 1_000, ofOneTenant: 50 } as const;
/** How often tokens and credentials of open streams are looked at; revocation has to bite within 5 s. */
export const ACCESS_CHECKED_EVERY_MS = 1_000;
/** Credentials that are read at once, so that requests find connections too. */
const CREDENTIALS_AT_ONCE_MAX = 4;
const RETRY_AFTER_SECONDS = 5;

export interface OpenStreamsParts {
  readonly credentials: Pick<CredentialDirectory, 'isLive'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly warn: (line: Readonly<Record<string, unknown>>) => void;
  readonly most?: { readonly all: number; readonly ofOneTenant: number };
}

/**
 * Every event stream of the process. A route calls `open` with its caller and a function that checks the
 * request (and throws its problem) and answers the frames; what comes back goes to `sendStream`. The frames
 * are an async iterable that ends when there is nothing more to come: limits, heartbeats, back-pressure and
 * the end of token, credential or process are seen to here, and the iterable's signal is given then.
 */
export class OpenStreams {
  private readonly streams = new Map<FrameStream, TenantCaller>();
  private readonly placesOf = new Map<TenantId, number>();
  private places = 0;
  private isStopping = false;
  private isChecking = false;

  constructor(private readonly parts: OpenStreamsParts) {}

  /**
   * @param begin checks the request before anything is answered; it is asked once there is a place
   * @throws RequestProblem where too many are open (429, 503), and what `begin` throws
   */
  async open(caller: TenantCaller, begin: () => Promise<Frames>): Promise<FrameStream> {
    this.takePlace(caller.tenantId);
    try {
      const frames = await begin();
      if (this.isStopping) throw stopping();
      const stream = new FrameStream(frames, {
        timers: this.parts.timers,
        failed: (error) => this.warn(caller, error),
      });
      this.streams.set(stream, caller);
      stream.once('close', () => {
        this.streams.delete(stream);
        this.leavePlace(caller.tenantId);
      });
      this.checkLater();
      return stream;
    } catch (error) {
      this.leavePlace(caller.tenantId);
      throw error;
    }
  }

  /** Closes all, and lets none be opened; resolves when every one has ended. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const ended = [...this.streams.keys()].map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.once('close', resolve);
          stream.closeBecause('stopping');
        }),
    );
    await Promise.all(ended);
  }

  private takePlace(tenantId: TenantId): void {
    const { all, ofOneTenant } = this.parts.most ?? OPEN_STREAMS_MAX;
    if (this.isStopping) throw stopping();
    const own = this.placesOf.get(tenantId) ?? 0;
    if (own >= ofOneTenant) throw tooManyStreams(ofOneTenant);
    if (this.places >= all) {
      throw unavailable('OVERLOADED', 'Too many streams are open.', RETRY_AFTER_SECONDS);
    }
    this.places += 1;
    this.placesOf.set(tenantId, own + 1);
  }

  private leavePlace(tenantId: TenantId): void {
    this.places -= 1;
    const left = (this.placesOf.get(tenantId) ?? 1) - 1;
    if (left > 0) this.placesOf.set(tenantId, left);
    else this.placesOf.delete(tenantId);
  }

  /** Runs while any stream is open. */
  private checkLater(): void {
    if (this.isChecking || this.streams.size === 0) return;
    this.isChecking = true;
    this.parts.timers.after(ACCESS_CHECKED_EVERY_MS, () => {
      void this.check().finally(() => {
        this.isChecking = false;
        this.checkLater();
      });
    });
  }

  private async check(): Promise<void> {
    const nowMs = this.parts.clock();
    const callers = [...this.streams.values()];
    this.closeWhere('token-expired', ({ expiresAtMs }) => expiresAtMs <= nowMs);
    const credentials = [...new Set(callers.map(({ credentialId }) => credentialId))];
    const revoked = new Set<CredentialId>();
    for (let from = 0; from < credentials.length; from += CREDENTIALS_AT_ONCE_MAX) {
      const some = credentials.slice(from, from + CREDENTIALS_AT_ONCE_MAX);
      const live = await Promise.all(some.map((one) => this.isLive(one)));
      for (const [at, one] of some.entries()) if (!live[at]) revoked.add(one);
    }
    this.closeWhere('credential-revoked', ({ credentialId }) => revoked.has(credentialId));
  }

  /** While the log cannot be read nothing is known against it, and no event is shown either. */
  private async isLive(credentialId: CredentialId): Promise<boolean> {
    try {
      return await this.parts.credentials.isLive(credentialId);
    } catch {
      return true;
    }
  }

  private closeWhere(reason: CloseReason, applies: (caller: TenantCaller) => boolean): void {
    for (const [stream, caller] of this.streams) if (applies(caller)) stream.closeBecause(reason);
  }

  private warn({ tenantId: tenant, correlationId }: TenantCaller, err: unknown): void {
    this.parts.warn({ tenant, correlationId, err, msg: 'a stream cannot go on' });
  }
}

function stopping(): RequestProblem {
  return unavailable('STOPPING', 'This process is stopping; another one answers.');
}

function tooManyStreams(limit: number): RequestProblem {
  return new RequestProblem({
    status: 429,
    code: 'TOO_MANY_STREAMS',
    title: 'Too many streams are open',
    detail: `A tenant may have ${limit} open at once. Close one, or try again later.`,
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    extensions: { limit },
  });
}
