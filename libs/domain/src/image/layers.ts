import type { ImageLayer } from './events.js';

/** More layers than container engines stack. */
export const IMAGE_LAYERS_MAX = 128;

/** `algorithm:encoded` in the grammar of the OCI image specification. */
const DIGEST = /^[a-z0-9]+([+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/;
export const DIGEST_MAX_LENGTH = 200;

export function isDigest(text: string): boolean {
  return text.length <= DIGEST_MAX_LENGTH && DIGEST.test(text);
}

/**
 * What is transferred of what a host stores, where only the latter is known: `image.wire.servercore.ltsc2019.base`
 * and `.delta` (1.49 GB + 0.441 GB) against `image.disk.servercore.ltsc2019` (4.84 GB) of the calibration figures.
 */
const COMPRESSED_SHARE = 0.4;

export function estimatedCompressedMiB(unpackedMiB: number): number {
  return Math.round(unpackedMiB * COMPRESSED_SHARE);
}

/** What a host that has none of the layers stores, in MiB. */
export function diskMiBOf(layers: readonly ImageLayer[]): number {
  return layers.reduce((sum, { unpackedMiB }) => sum + unpackedMiB, 0);
}

/** Why these cannot be the layers of one image, or null where they can. */
export function faultOfLayers(layers: readonly ImageLayer[]): string | null {
  if (layers.length === 0) return 'An image has at least one layer.';
  if (layers.length > IMAGE_LAYERS_MAX) return `An image has at most ${IMAGE_LAYERS_MAX} layers.`;
  const wrong = layers.find(({ digest }) => !isDigest(digest));
  if (wrong !== undefined) return 'The digest of a layer is algorithm:encoded.';
  const digests = new Set(layers.map(({ digest }) => digest));
  return digests.size === layers.length ? null : 'A layer stands in an image once.';
}
