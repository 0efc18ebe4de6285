import { Readable } from 'node:stream';
import type { Timers } from '../sources.js';
import { frameText, HEARTBEAT, STREAM_OPENING, type StreamFrame } from './stream-frame.js';

export const HEARTBEAT_EVERY_MS = 15_000;
/** Heartbeats in a row at which a reader had taken nothing of what lies ready before it is cut off. */
const STUCK_HEARTBEATS_MAX = 2;
/** What a reader may leave lying before no further frame is asked for. */
const BUFFER_BYTES = 16 * 1024;
/** How long a reader gets for what was sent before its stream was closed. */
export const CLOSE_GRACE_MS = 2_000;
/** How long for the last of a stream that has come to its own end. */
export const END_GRACE_MS = 10_000;

/** Why a stream is closed although what it is about has not ended; its client may open it again. */
export type CloseReason = 'token-expired' | 'credential-revoked' | 'stopping' | 'unavailable';

/** Frames, asked for as fast as they are read; the signal is given when nobody wants them any more. */
export type Frames = (signal: AbortSignal) => AsyncIterable<StreamFrame>;

/** What a stream is written to: an answer. */
export interface Carrier {
  destroy(): unknown;
  once(event: 'close', gone: () => void): unknown;
}

export interface FrameStreamParts {
  readonly timers: Timers;
  /** Told where the frames themselves failed. */
  readonly failed: (error: unknown) => void;
}

/**
 * The body of an event stream. A frame is asked for only when the one before has left the buffer, so a slow
 * reader costs no more memory than a fast one; one that takes nothing at all for two heartbeats is cut off.
 */
export class FrameStream extends Readable {
  private readonly gone = new AbortController();
  private readonly frames: AsyncIterator<StreamFrame>;
  private isPulling = false;
  private pushedBytes = 0;
  private takenBytes = 0;
  private stuckHeartbeats = 0;
  private carrier: Carrier = this;
  private isEnding = false;
  private cancelBeat: () => void;
  private cancelGrace: () => void = () => {};

  constructor(
    frames: Frames,
    private readonly parts: FrameStreamParts,
  ) {
    super({ highWaterMark: BUFFER_BYTES });
    this.frames = frames(this.gone.signal)[Symbol.asyncIterator]();
    this.cancelBeat = parts.timers.after(HEARTBEAT_EVERY_MS, () => this.beat());
    this.send(STREAM_OPENING);
  }

  override _read(): void {
    if (!this.isPulling) void this.pull();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stop();
    if (this.carrier === this) this.cancelGrace();
    done(error);
  }

  /** Says why, and ends once that was read; a reader that does not read is not waited for. */
  closeBecause(reason: CloseReason): void {
    if (!this.gone.signal.aborted) this.send(frameText({ event: 'closed', data: { reason } }));
    this.endWithin(CLOSE_GRACE_MS);
  }

  /** An answer may still hold what has left this stream: whoever does not read loses the connection. */
  carriedBy(carrier: Carrier): void {
    this.carrier = carrier;
    carrier.once('close', () => this.cancelGrace());
  }

  private endWithin(graceMs: number): void {
    this.stop();
    if (!this.isEnding && !this.destroyed) this.push(null);
    this.isEnding = true;
    this.cancelGrace();
    this.cancelGrace = this.parts.timers.after(graceMs, () => {
      this.destroy();
      this.carrier.destroy();
    });
  }

  /** Until the buffer is full, which ends the asking until it is read from. */
  private async pull(): Promise<void> {
    this.isPulling = true;
    try {
      for (let hasRoom = true; hasRoom && !this.gone.signal.aborted; ) {
        const { done, value } = await this.frames.next();
        if (this.gone.signal.aborted) return;
        if (done) {
          this.endWithin(END_GRACE_MS);
          return;
        }
        hasRoom = this.send(frameText(value));
      }
    } catch (error) {
      if (this.gone.signal.aborted) return;
      this.parts.failed(error);
      this.closeBecause('unavailable');
    } finally {
      this.isPulling = false;
    }
  }

  /** False where the buffer is full. */
  private send(text: string): boolean {
    this.pushedBytes += Buffer.byteLength(text);
    return this.push(text);
  }

  private beat(): void {
    const takenBytes = this.pushedBytes - this.readableLength;
    const isStuck = this.readableLength > 0 && takenBytes === this.takenBytes;
    this.takenBytes = takenBytes;
    this.stuckHeartbeats = isStuck ? this.stuckHeartbeats + 1 : 0;
    if (this.stuckHeartbeats >= STUCK_HEARTBEATS_MAX) {
      this.destroy();
      return;
    }
    if (this.readableLength === 0) this.send(HEARTBEAT);
    this.cancelBeat = this.parts.timers.after(HEARTBEAT_EVERY_MS, () => this.beat());
  }

  /** Frames that are being made hear of it by the signal, those that wait to be asked for by this. */
  private stop(): void {
    this.cancelBeat();
    this.gone.abort();
    void Promise.resolve(this.frames.return?.()).catch(() => {});
  }
}
