import type { ImageBase, ImageRegistered } from './events.js';

/** An image of the seeded catalogue; its id follows from the reference where it is registered. */
export type CatalogueImage = Omit<ImageRegistered['payload'], 'imageId'>;

/**
 * What `docker images` shows after unpacking, in MiB: the entries `image.disk.*` of the calibration
 * figures (Windows-Containers issues 584 and 321, update-containers and techcommunity 1058874). Where
 * a release has no figure of its own, the nearest release's stands in.
 */
const releases: readonly {
  readonly build: number;
  readonly revision: number;
  /** Repository and tag in Microsoft's registry, by base. */
  readonly images: readonly { base: ImageBase; name: string; diskMiB: number }[];
}[] = [
  {
    build: 14393,
    revision: 1914,
    // A full server base was first published with 1809.
    images: [
      { base: 'nanoserver', name: 'windows/nanoserver:sac2016', diskMiB: 244 },
      { base: 'servercore', name: 'windows/servercore:ltsc2016', diskMiB: 9_823 },
    ],
  },
  {
    build: 17763,
    revision: 5576,
    images: [
      { base: 'nanoserver', name: 'windows/nanoserver:ltsc2019', diskMiB: 244 },
      { base: 'servercore', name: 'windows/servercore:ltsc2019', diskMiB: 4_616 },
      { base: 'server', name: 'windows:1809', diskMiB: 11_444 },
    ],
  },
  {
    build: 20348,
    revision: 2461,
    images: [
      { base: 'nanoserver', name: 'windows/nanoserver:ltsc2022', diskMiB: 283 },
      { base: 'servercore', name: 'windows/servercore:ltsc2022', diskMiB: 3_672 },
      { base: 'server', name: 'windows/server:ltsc2022', diskMiB: 9_251 },
    ],
  },
  {
    build: 26100,
    revision: 1742,
    images: [
      { base: 'nanoserver', name: 'windows/nanoserver:ltsc2025', diskMiB: 283 },
      { base: 'servercore', name: 'windows/servercore:ltsc2025', diskMiB: 3_672 },
      { base: 'server', name: 'windows/server:ltsc2025', diskMiB: 9_251 },
    ],
  },
];

const windowsImages: CatalogueImage[] = releases.flatMap(({ build, revision, images }) =>
  images.map(({ base, name, diskMiB }) => ({
    reference: `mcr.microsoft.com/${name}`,
    os: 'windows' as const,
    architecture: 'amd64' as const,
    osVersion: { major: 10, minor: 0, build, revision },
    base,
    publisher: 'microsoft',
    diskMiB,
  })),
);

/** What a new installation knows: the Windows bases of 2016 to 2025, and one Linux base. */
export const seededCatalogue: readonly CatalogueImage[] = [
  ...windowsImages,
  {
    reference: 'docker.io/library/debian:12-slim',
    os: 'linux',
    architecture: 'amd64',
    osVersion: null,
    base: 'linux',
    publisher: 'debian',
    diskMiB: 75,
  },
];
