import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import type { ImageId } from '../ids.js';
import { upcast, upcasters } from '../upcast.js';
import { seededCatalogue } from './catalogue.js';
import { imageDecider, imagePhaseOf, imageTable } from './decide.js';
import { imageFacts } from './facts.js';
import { diskMiBOf, isDigest } from './layers.js';
import { formatOsVersion, parseOsVersion } from './os-version.js';

const imageId = idOf('img', 1) as ImageId;
const [first] = seededCatalogue;
if (first === undefined) throw new Error('the catalogue is empty');
const nowMs = NOW_MS;
const register = { kind: 'register-image', image: { ...first, imageId }, nowMs } as const;
const revoke = { kind: 'revoke-image', reason: 'malware', nowMs } as const;

describe('an image of the catalogue', () => {
  const nobody = given(imageDecider, []);
  const registered = given(imageDecider, nobody.when(register).history);

  it('is registered once and revoked once', () => {
    nobody.when(register).thenEvents('ImageRegistered');
    registered.when(register).thenNothing();
    const other = { ...register, image: { ...register.image, publisher: 'somebody else' } };
    registered.when(other).thenRejected('IMAGE_EXISTS');
    registered.when(revoke).thenEvents('ImageRevoked');
    given(imageDecider, registered.when(revoke).history).when(revoke).thenNothing();
    nobody.when(revoke).thenRejected('IMAGE_NOT_FOUND');
  });

  it('answers every command by its table, in each of its phases', () => {
    const E = 'IMAGE_EXISTS';
    const other = { ...register, image: { ...register.image, publisher: 'somebody else' } };
    expectTable({
      ...{ decider: imageDecider, phaseOf: imagePhaseOf, table: imageTable },
      waysInto: {
        absent: [[]],
        registered: [[register], [register, register]],
        revoked: [
          [register, revoke],
          [register, revoke, register],
        ],
      },
      commandsFor: (state) => ({
        'register-image': other,
        'register-same': state.registered === null ? null : register,
        'revoke-image': revoke,
      }),
      expected: {
        'register-image': ['>registered', E, E],
        'register-same': ['-', '-', '-'],
        'revoke-image': ['IMAGE_NOT_FOUND', '>revoked', '-'],
      },
    });
  });

  it('stays revoked when the same is registered once more', () => {
    const revoked = given(imageDecider, registered.when(revoke).history);
    revoked.when(register).thenNothing();
    expect(revoked.when(register).state.revoked).toBe(true);
  });

  it('has at least one layer, each of them once and with a digest', () => {
    const layer = { digest: 'sha256:aa', compressedMiB: 1, unpackedMiB: 2 };
    for (const layers of [[], [layer, layer], [{ ...layer, digest: 'latest' }]]) {
      const image = { ...register.image, layers };
      nobody.when({ ...register, image }).thenRejected('IMAGE_LAYERS');
    }
  });

  it('that was registered when only its size was known is read as one layer that no other shares', () => {
    const { layers: _layers, provenance: _provenance, ...facts } = register.image;
    const read = upcast(
      upcasters,
      { type: 'ImageRegistered', schemaVersion: 1, payload: { ...facts, diskMiB: 1_000 } },
      2,
    );
    expect(read).toEqual({
      ...facts,
      layers: [{ digest: `image:${imageId.slice(4)}`, compressedMiB: 400, unpackedMiB: 1_000 }],
      provenance: { origin: 'unrecorded', manifestDigest: null, attestation: null },
    });
  });

  it('tells a decision its publisher and version, and whether it was revoked', () => {
    const facts = imageFacts(imageId, first.reference, registered.state);
    expect(facts).toMatchObject({ known: true, revoked: false, publisher: 'microsoft' });
    const { state } = registered.when(revoke);
    expect(imageFacts(imageId, first.reference, state).revoked).toBe(true);
  });

  it('that nobody registered is of an unknown publisher and rules no host out', () => {
    const facts = imageFacts(imageId, 'example.org/x', nobody.state);
    expect(facts).toMatchObject({
      known: false,
      publisher: null,
      os: 'windows',
      osVersion: windows(14393, 0),
    });
  });
});

describe('the seeded catalogue', () => {
  it('holds the Windows bases of 2016 to 2025 and one Linux base, each once', () => {
    const builds = new Set(seededCatalogue.map((image) => image.osVersion?.build ?? 'linux'));
    expect(builds).toEqual(new Set([14393, 17763, 20348, 26100, 'linux']));
    const references = seededCatalogue.map((image) => image.reference);
    expect(new Set(references).size).toBe(references.length);
  });

  it('names one base layer for each base and build, and takes up what was measured', () => {
    const first = seededCatalogue.map(({ layers, base, osVersion }) => [
      layers[0]?.digest,
      `${base} ${osVersion?.build}`,
    ]);
    expect(new Set(first.map(([digest]) => digest)).size).toBe(
      new Set(first.map(([, kind]) => kind)).size,
    );
    const diskMiB = (name: string) =>
      diskMiBOf(seededCatalogue.find(({ reference }) => reference.endsWith(name))?.layers ?? []);
    expect(diskMiB('servercore:ltsc2022')).toBe(3_672);
    expect(diskMiB('servercore:ltsc2019')).toBe(4_616);
    expect(diskMiB('windows/server:ltsc2025')).toBe(9_251);
    for (const { layers, reference } of seededCatalogue) {
      for (const { digest, compressedMiB, unpackedMiB } of layers) {
        expect(isDigest(digest), reference).toBe(true);
        expect(compressedMiB, reference).toBeLessThan(unpackedMiB);
      }
    }
  });
});

describe('a Windows version', () => {
  it('is read and written as four numbers', () => {
    expect(parseOsVersion('10.0.20348.2461')).toEqual(windows(20348, 2461));
    expect(formatOsVersion(windows(20348, 2461))).toBe('10.0.20348.2461');
  });

  it.each(['', '10.0.20348', '10.0.20348.', '10.0.x.1', '10.0.20348.1.1', '-1.0.0.0', ' 1.0.0.0'])(
    'is not %o',
    (text) => {
      expect(parseOsVersion(text)).toBeNull();
    },
  );
});
