import {
  estimatedCompressedMiB,
  type ImageFacts,
  type ImageLayer,
  seededCatalogue,
} from '@bulkhead/domain';
import { CALIBRATION } from '../calibration.js';
import { mibOf } from '../memory/footprint.js';

const seededLayers = new Map<string, readonly ImageLayer[]>(
  seededCatalogue.map(({ reference, layers }) => [reference, layers]),
);

/** Digests of every layer that the seeded catalogue knows. */
export const SEEDED_DIGESTS: ReadonlySet<string> = new Set(
  seededCatalogue.flatMap(({ layers }) => layers.map(({ digest }) => digest)),
);

/**
 * The layers of an image from its base upwards: those that the request names, else those of the catalogue
 * that every installation begins with. An image that neither knows is a small layer of its own on the
 * base and build that it says.
 */
export function layersOf(image: ImageFacts, named?: readonly ImageLayer[]): readonly ImageLayer[] {
  if (named && named.length > 0) return named;
  const seeded = seededLayers.get(image.reference);
  if (seeded) return seeded;
  return [...baseLayersOf(image), ownLayerOf(image)];
}

/** Its base is among the layers that hosts come with, as far as anybody knows. */
function baseLayersOf({ base, osVersion }: ImageFacts): readonly ImageLayer[] {
  const same = seededCatalogue.find(
    (each) => each.base === base && each.osVersion?.build === osVersion?.build,
  );
  return same?.layers ?? [];
}

/** A known image without layers of its own adds nothing that would have to be pulled. */
function ownLayerOf({ reference, known }: ImageFacts): ImageLayer {
  const compressedMiB = known ? 0 : mibOf(CALIBRATION.unknownImageLayer.value);
  const unpackedMiB = compressedMiB / (estimatedCompressedMiB(1_000) / 1_000);
  return { digest: `own:${reference}`, compressedMiB, unpackedMiB };
}
