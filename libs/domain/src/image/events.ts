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

export type ImageRegistered = Event<
  'ImageRegistered',
  1,
  {
    imageId: ImageId;
    reference: string;
    os: OperatingSystem;
    architecture: Architecture;
    osVersion: OsVersion | null;
    base: ImageBase;
    publisher: string;
    /** What a host stores after unpacking. */
    diskMiB: number;
  }
>;
export type ImageRevoked = Event<'ImageRevoked', 1, { reason: string }>;

export type ImageEvent = ImageRegistered | ImageRevoked;
