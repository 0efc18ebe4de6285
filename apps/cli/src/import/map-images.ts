import {
  type CompatibilityTable,
  canRunInSilo,
  canRunInUtilityVm,
  type OsVersion,
} from '@bulkhead/domain';

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
 * in turn, and for every tenth (or as chosen) a reference of its own that nobody has registered. A log of
 * few applications meets silos and utility VMs alike: images that some host can run in a silo take turns
 * with those that need a utility VM, and begin. Jobs without an application share the image of the first.
 */
export function imageMapping(
  catalogue: readonly CatalogueEntry[],
  hostVersions: readonly OsVersion[],
  table: CompatibilityTable,
  { unknownEvery }: ImageChoices,
): (application: number | null) => string {
  const isSilo = (image: CatalogueEntry) =>
    hostVersions.some((version) => canRunInSilo(version, image, table));
  const runnable = catalogue
    .filter((image) => hostVersions.some((version) => canRunInUtilityVm(version, image)))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
  const images = inTurn(
    runnable.filter((image) => isSilo(image)),
    runnable.filter((image) => !isSilo(image)),
  ).map(({ reference }) => reference);
  if (images.length === 0) {
    throw new NoRunnableImage('none of the registered images runs on any host of this import');
  }
  return (application) => {
    const number = application ?? 0;
    if (unknownEvery > 0 && number > 0 && number % unknownEvery === 0) {
      return `registry.invalid/application-${number}:latest`;
    }
    return images[Math.max(number - 1, 0) % images.length] as string;
  };
}

/** The first of the first, the first of the second, and so on; what is left of the longer one follows. */
function inTurn<Item>(first: readonly Item[], second: readonly Item[]): Item[] {
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [
    ...first.slice(turn, turn + 1),
    ...second.slice(turn, turn + 1),
  ]).flat();
}
