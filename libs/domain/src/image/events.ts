import type { Event } from '../event.js';
import type { ImageId } from '../ids.js';

export type OperatingSystem = 'windows' | 'linux';
export type Architecture = 'amd64' | 'arm64';
export type ImageBase = 'nanoserver' | 'servercore' | 'server' | 'linux';

/** A Windows version as `10.0.20348.2461`. Linux images carry none. */
export interface OsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

/** One layer as registries know it; the same digest in two images is the same layer, stored once. */
export interface ImageLayer {
  /** `algorithm:encoded`, as in a manifest. */
  readonly digest: string;
  /** What a pull transfers. */
  readonly compressedMiB: number;
  /** What a host stores after unpacking. */
  readonly unpackedMiB: number;
}

/** How the catalogue came to know an image, and what vouches for it. */
export interface ImageProvenance {
  /** `unrecorded`: registered before provenance was recorded. */
  readonly origin: 'seeded' | 'registered' | 'unrecorded';
  /** Digest of the manifest that was looked at; null where nobody named it. */
  readonly manifestDigest: string | null;
  /** Where a signed statement about its build lies; null where there is none. */
  readonly attestation: string | null;
}

export type ImageRegistered = Event<
  'ImageRegistered',
  2,
  {
    imageId: ImageId;
    reference: string;
    os: OperatingSystem;
    architecture: Architecture;
    osVersion: OsVersion | null;
    base: ImageBase;
    publisher: string;
    /** From the base upwards. */
    layers: readonly ImageLayer[];
    provenance: ImageProvenance;
  }
>;
export type ImageRevoked = Event<'ImageRevoked', 1, { reason: string }>;

export type ImageEvent = ImageRegistered | ImageRevoked;
