import type { UpcastsOf } from '../upcasts.js';
import type { ImageRegistered } from './events.js';
import { estimatedCompressedMiB } from './layers.js';

type Version1 = Omit<ImageRegistered['payload'], 'layers' | 'provenance'> & {
  readonly diskMiB: number;
};

/**
 * Version 1 knew only what the whole image takes up. It is read as one layer that no other image shares:
 * its digest comes from the image's id, which comes from the reference.
 */
export const imageRegisteredUpcasts: UpcastsOf<ImageRegistered> = {
  1: ({ diskMiB, ...image }: Version1): ImageRegistered['payload'] => ({
    ...image,
    layers: [
      {
        digest: `image:${image.imageId.slice('img_'.length)}`,
        compressedMiB: estimatedCompressedMiB(diskMiB),
        unpackedMiB: diskMiB,
      },
    ],
    provenance: { origin: 'unrecorded', manifestDigest: null, attestation: null },
  }),
};
