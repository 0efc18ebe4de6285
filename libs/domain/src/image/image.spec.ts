import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import type { ImageId } from '../ids.js';
import { seededCatalogue } from './catalogue.js';
import { imageDecider } from './decide.js';
import { imageFacts } from './facts.js';
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
    registered.when(register).thenRejected('IMAGE_EXISTS');
    registered.when(revoke).thenEvents('ImageRevoked');
    given(imageDecider, registered.when(revoke).history).when(revoke).thenNothing();
    nobody.when(revoke).thenRejected('IMAGE_NOT_FOUND');
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
