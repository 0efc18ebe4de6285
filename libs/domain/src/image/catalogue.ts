import type { ImageBase, ImageRegistered } from './events.js';

/** An image of the seeded catalogue; its id follows from the reference where it is registered. */
export type CatalogueImage = Omit<ImageRegistered['payload'], 'imageId'>;

/**
 * What `docker images` shows after unpacking, in MiB: the entries `image.disk.*` of the calibration
 * figures (Windows-Containers issues 584 and 321, update-containers and techcommunity 1058874). Where
 * a release has no figure of its own, the nearest release's stands in.
 */
const releases: readonly {
  readonly tag: string;
  readonly build: number;
  readonly revision: number;
  readonly diskMiB: Readonly<Partial<Record<ImageBase, number>>>;
}[] = [
  {
    tag: 'ltsc2016',
    build: 14393,
    revision: 1914,
    diskMiB: { nanoserver: 244, servercore: 9_823 },
  },
  {
    tag: 'ltsc2019',
    build: 17763,
    revision: 5576,
    diskMiB: { nanoserver: 244, servercore: 4_616 },
  },
  {
    tag: 'ltsc2022',
    build: 20348,
    revision: 2461,
    diskMiB: { nanoserver: 283, servercore: 3_672, server: 9_251 },
  },
  {
    tag: 'ltsc2025',
    build: 26100,
    revision: 1742,
    diskMiB: { nanoserver: 283, servercore: 3_672, server: 9_251 },
  },
];

/** The names under which Microsoft's registry has the three bases. */
const repositories: Readonly<Record<'nanoserver' | 'servercore' | 'server', string>> = {
  nanoserver: 'windows/nanoserver',
  servercore: 'windows/servercore',
  server: 'windows/server',
};

const windowsImages: CatalogueImage[] = releases.flatMap(({ tag, build, revision, diskMiB }) =>
  (['nanoserver', 'servercore', 'server'] as const).flatMap((base) => {
    const disk = diskMiB[base];
    // The full server base exists from 2022 on.
    if (disk === undefined) return [];
    return {
      reference: `mcr.microsoft.com/${repositories[base]}:${tag}`,
      os: 'windows' as const,
      architecture: 'amd64' as const,
      osVersion: { major: 10, minor: 0, build, revision },
      base,
      publisher: 'microsoft',
      diskMiB: disk,
    };
  }),
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
