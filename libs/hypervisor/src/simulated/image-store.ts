import type { ImageFacts, TimeMs } from '@bulkhead/domain';
import type { FinishedStage } from '../driver.js';
import { CALIBRATION } from './calibration.js';

/**
 * The images that a host holds. Hosts come with every base of the catalogue, because unpacking one takes
 * a real host many minutes. An image that the catalogue does not know is a small layer on top of such a
 * base and is pulled once; who needs it meanwhile waits for the same pull.
 */
export class ImageStore {
  readonly #heldFromMs = new Map<string, TimeMs>();
  readonly #booted = new Set<string>();

  constructor(private readonly timeScale: number) {}

  /** The pull that a start must wait for, or null where the image is here. */
  pull(image: ImageFacts, nowMs: TimeMs): FinishedStage | null {
    if (image.known) return null;
    let heldFromMs = this.#heldFromMs.get(image.reference);
    if (heldFromMs === undefined) {
      const { unknownImageLayer, unpackRate } = CALIBRATION;
      const pullMs = (unknownImageLayer.value / unpackRate.value) * 1000;
      heldFromMs = nowMs + Math.round(pullMs / this.timeScale);
      this.#heldFromMs.set(image.reference, heldFromMs);
    }
    if (heldFromMs <= nowMs) return null;
    return { name: 'image-pull', path: null, startedAtMs: nowMs, finishedAtMs: heldFromMs };
  }

  /** True once for each image and boot: the first utility VM of an image finds nothing cached. */
  firstUtilityVmOf(image: ImageFacts): boolean {
    if (this.#booted.has(image.reference)) return false;
    this.#booted.add(image.reference);
    return true;
  }

  /** The disk keeps the images, the memory loses what it had cached of them. */
  reboot(): void {
    this.#booted.clear();
  }
}
