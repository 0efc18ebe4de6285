import { canRunInUtilityVm, type OsVersion } from '@bulkhead/domain';

/** An image of the catalogue, as far as it decides where it can run. */
export interface CatalogueEntry {
  readonly reference: string;
  readonly os: 'windows' | 'linux';
  readonly osVersion: OsVersion | null;
}

/** Every so many applications one has an image that the catalogue does not hold; 0 leaves that out. */
export interface ImageChoices {
  readonly unknownEvery: number;
}

/** No image of the catalogue runs on any host of the import. */
export class NoRunnableImage extends Error {
  override readonly name = 'NoRunnableImage';
}

/**
 * Gives each application number an image, always the same: the catalogue's images that the hosts can run
 * in turn, and for every tenth (or as chosen) a reference of its own that nobody has registered. Jobs
 * without an application count as application 0, which has the first image.
 */
export function imageMapping(
  catalogue: readonly CatalogueEntry[],
  hostVersions: readonly OsVersion[],
  { unknownEvery }: ImageChoices,
): (application: number | null) => string {
  const images = catalogue
    .filter((image) => hostVersions.some((version) => canRunInUtilityVm(version, image)))
    .map(({ reference }) => reference)
    .sort();
  if (images.length === 0) {
    throw new NoRunnableImage('none of the registered images runs on any host of this import');
  }
  return (application) => {
    const number = application ?? 0;
    if (unknownEvery > 0 && number > 0 && number % unknownEvery === 0) {
      return `registry.invalid/application-${number}:latest`;
    }
    return images[number % images.length] as string;
  };
}
