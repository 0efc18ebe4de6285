import type { ImageFacts, ImageLayer, TimeMs } from '@bulkhead/domain';
import type { FinishedStage } from '../../driver.js';
import { CALIBRATION } from '../calibration.js';
import { mibOf } from '../memory/footprint.js';
import { SEEDED_DIGESTS } from './layers.js';

/** Which layers a host has before it pulls any: those of the seeded catalogue, or none. */
export type PreloadedImages = 'catalogue' | 'none';

/**
 * The layers that a host holds. Images share them, each is stored once. A host usually comes with every
 * layer of the catalogue, because unpacking a base takes a real host many minutes; what it lacks is
 * downloaded one after the other and unpacked from the base upwards, and no layer is ever unpacked twice at
 * the same time: who needs it meanwhile waits for the same work.
 */
export class ImageStore {
  readonly #heldFromMs = new Map<string, TimeMs>();
  readonly #booted = new Set<string>();
  /** Layers of the catalogue that were damaged and have to come again. */
  readonly #damaged = new Set<string>();

  constructor(
    private readonly timeScale: number,
    private readonly preloaded: PreloadedImages = 'catalogue',
  ) {}

  /** The pull that a start must wait for, or null where every layer is here. `slowdown` is the disk's. */
  pull(layers: readonly ImageLayer[], nowMs: TimeMs, slowdown = 1): FinishedStage | null {
    let downloadedMs = nowMs;
    let unpackedMs = nowMs;
    for (const layer of layers) {
      const heldFromMs = this.#heldFrom(layer, nowMs);
      if (heldFromMs !== undefined) {
        unpackedMs = Math.max(unpackedMs, heldFromMs);
        continue;
      }
      downloadedMs += this.#msOf(layer, CALIBRATION.downloadRate.value);
      unpackedMs =
        Math.max(unpackedMs, downloadedMs) +
        this.#msOf(layer, CALIBRATION.unpackRate.value) * slowdown;
      this.#heldFromMs.set(layer.digest, Math.round(unpackedMs));
      this.#damaged.delete(layer.digest);
    }
    const finishedAtMs = Math.round(unpackedMs);
    if (finishedAtMs <= nowMs) return null;
    return { name: 'image-pull', path: null, startedAtMs: nowMs, finishedAtMs };
  }

  /** True once for each image and boot: the first utility VM of an image finds nothing cached. */
  firstUtilityVmOf({ reference }: ImageFacts): boolean {
    if (this.#booted.has(reference)) return false;
    this.#booted.add(reference);
    return true;
  }

  /** The layer cannot be used any more and has to be pulled again. */
  damage({ digest }: ImageLayer): void {
    this.#heldFromMs.delete(digest);
    this.#damaged.add(digest);
  }

  /** The disk keeps what was unpacked; what was not finished begins again, and the memory forgets. */
  reboot(nowMs: TimeMs): void {
    this.#booted.clear();
    for (const [digest, heldFromMs] of this.#heldFromMs) {
      if (heldFromMs <= nowMs) continue;
      this.#heldFromMs.delete(digest);
      // Of the catalogue it was only pulled because it was damaged, and it still is.
      this.#damaged.add(digest);
    }
  }

  /** From when on the host has it; undefined where it has to be pulled. */
  #heldFrom({ digest, compressedMiB }: ImageLayer, nowMs: TimeMs): TimeMs | undefined {
    const pulled = this.#heldFromMs.get(digest);
    if (pulled !== undefined) return pulled;
    if (this.#damaged.has(digest)) return undefined;
    const isHere = this.preloaded === 'catalogue' && SEEDED_DIGESTS.has(digest);
    return isHere || compressedMiB === 0 ? nowMs : undefined;
  }

  #msOf({ compressedMiB }: ImageLayer, megabytesPerSecond: number): number {
    return ((compressedMiB / mibOf(megabytesPerSecond)) * 1_000) / this.timeScale;
  }
}
