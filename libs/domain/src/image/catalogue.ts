import type { ImageBase, ImageLayer, ImageRegistered } from './events.js';
import { estimatedCompressedMiB } from './layers.js';

/** An image of the seeded catalogue; its id follows from the reference where it is registered. */
export type CatalogueImage = Omit<ImageRegistered['payload'], 'imageId'>;

/** Sizes in MiB. Where no figure tells what is transferred, it is estimated from what is stored. */
interface LayerSizes {
  readonly unpackedMiB: number;
  readonly compressedMiB?: number;
}

interface Release {
  readonly build: number;
  readonly revision: number;
  readonly images: readonly {
    readonly base: ImageBase;
    /** Repository and tag in Microsoft's registry. */
    readonly name: string;
    /** The base layer as it was first released; every image on this base and build has it. */
    readonly first: LayerSizes;
    /** What servicing put on top since; null where the figures do not tell the two apart. */
    readonly serviced: LayerSizes | null;
  }[];
}

/**
 * The calibration figures by entry id; GB of a source are 1,000,000,000 bytes. Where a release has no
 * figure of its own, the nearest release's stands in.
 * - `image.disk.nanoserver.1903` 0.256 GB, `image.disk.nanoserver.ltsc2022` 0.297 GB
 * - `image.disk.servercore.ltsc2016` 10.3 GB
 * - `image.disk.servercore.ltsc2019` 4.84 GB, parted like `image.wire.servercore.ltsc2019.base` 1.49 GB
 *   and `image.wire.servercore.ltsc2019.delta` 0.441 GB
 * - `image.disk.servercore.ltsc2022.base` 3.08 GB, `.serviced` 3.85 GB
 * - `image.disk.windows.1809` 12 GB, `image.wire.windows` 3.4 GB
 * - `image.disk.server.ltsc2022.base` 7.46 GB, `.serviced` 9.7 GB, `image.wire.windows_server` 3.1 GB
 */
const nano2019 = { base: 'nanoserver', first: { unpackedMiB: 244 }, serviced: null } as const;
const nano2022 = { base: 'nanoserver', first: { unpackedMiB: 283 }, serviced: null } as const;
const core2022 = {
  base: 'servercore',
  first: { unpackedMiB: 2_938 },
  serviced: { unpackedMiB: 734 },
} as const;
const server2022 = {
  base: 'server',
  // The download figure is of the whole image; the servicing layer's share is estimated and taken off.
  first: { unpackedMiB: 7_114, compressedMiB: 2_101 },
  serviced: { unpackedMiB: 2_137 },
} as const;

const releases: readonly Release[] = [
  {
    build: 14393,
    revision: 1914,
    // A full server base was first published with 1809.
    images: [
      { ...nano2019, name: 'windows/nanoserver:sac2016' },
      {
        base: 'servercore',
        name: 'windows/servercore:ltsc2016',
        first: { unpackedMiB: 9_823 },
        serviced: null,
      },
    ],
  },
  {
    build: 17763,
    revision: 5576,
    images: [
      { ...nano2019, name: 'windows/nanoserver:ltsc2019' },
      {
        base: 'servercore',
        name: 'windows/servercore:ltsc2019',
        first: { unpackedMiB: 3_562, compressedMiB: 1_421 },
        serviced: { unpackedMiB: 1_054, compressedMiB: 421 },
      },
      {
        base: 'server',
        name: 'windows:1809',
        first: { unpackedMiB: 11_444, compressedMiB: 3_242 },
        serviced: null,
      },
    ],
  },
  {
    build: 20348,
    revision: 2461,
    images: [
      { ...nano2022, name: 'windows/nanoserver:ltsc2022' },
      { ...core2022, name: 'windows/servercore:ltsc2022' },
      { ...server2022, name: 'windows/server:ltsc2022' },
    ],
  },
  {
    build: 26100,
    revision: 1742,
    images: [
      { ...nano2022, name: 'windows/nanoserver:ltsc2025' },
      { ...core2022, name: 'windows/servercore:ltsc2025' },
      { ...server2022, name: 'windows/server:ltsc2025' },
    ],
  },
];

function layer(name: string, { unpackedMiB, compressedMiB }: LayerSizes): ImageLayer {
  return {
    // Nobody looked at a manifest for it, and the algorithm says so.
    digest: `seeded:${name}`,
    compressedMiB: compressedMiB ?? estimatedCompressedMiB(unpackedMiB),
    unpackedMiB,
  };
}

const seeded = { origin: 'seeded', manifestDigest: null, attestation: null } as const;

const windowsImages: CatalogueImage[] = releases.flatMap(({ build, revision, images }) =>
  images.map(({ base, name, first, serviced }) => ({
    reference: `mcr.microsoft.com/${name}`,
    os: 'windows' as const,
    architecture: 'amd64' as const,
    osVersion: { major: 10, minor: 0, build, revision },
    base,
    publisher: 'microsoft',
    layers: [
      layer(`${base}-${build}-base`, first),
      ...(serviced === null ? [] : [layer(`${base}-${build}-${revision}-servicing`, serviced)]),
    ],
    provenance: seeded,
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
    layers: [layer('debian-12-slim-base', { unpackedMiB: 75 })],
    provenance: seeded,
  },
];
