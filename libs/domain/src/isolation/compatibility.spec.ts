import { describe, expect, it } from 'vitest';
import { image, linuxImage, windows } from '../../../../test/domain/builders.js';
import type { OsVersion } from '../image/events.js';
import {
  canRunInSilo,
  canRunInUtilityVm,
  compatibilityTable,
  compatibilityWarnings,
} from './compatibility.js';

const table = compatibilityTable(1);
const of = (osVersion: OsVersion) => image({ osVersion });

/** Host, image, silo, utility VM: the vectors of the vendor's code and its version table. */
const vectors: readonly [OsVersion, OsVersion, boolean, boolean][] = [
  [windows(26100), windows(20348), true, true],
  [windows(26100), windows(17763), false, true],
  [windows(20348), windows(26100), false, false],
  [windows(20348), windows(20348), true, true],
  [windows(17763), windows(14393), false, true],
  [windows(17763), windows(20348), false, false],
  [windows(19042), windows(19041), false, true],
  [windows(14393, 1914), windows(14393, 1944), false, true],
  [windows(22621), windows(20348), true, true],
  [windows(26200), windows(20348), false, true],
  // The rows of the table that follow from the rule.
  [windows(14393, 1914), windows(14393, 1914), true, true],
  [windows(16299), windows(16299, 9), true, true],
  [windows(17134), windows(16299), false, true],
  [windows(17763, 1), windows(17763, 5576), true, true],
  [windows(18363), windows(18362), false, true],
  [windows(22621), windows(22621), true, true],
  [windows(25398), windows(20348), true, true],
  [windows(25398), windows(25398), true, true],
  [windows(26100), windows(25398), true, true],
  [windows(26100), windows(26100), true, true],
  [windows(26200), windows(26100), true, true],
  [windows(26200), windows(26200), true, true],
  [{ ...windows(20348), major: 11 }, windows(20348), false, false],
  [{ ...windows(20348), minor: 1 }, windows(20348), false, false],
];

describe('which image runs on which host', () => {
  it.each(vectors)('host %o, image %o: silo %s, utility VM %s', (host, wanted, silo, vm) => {
    expect(canRunInSilo(host, of(wanted), table)).toBe(silo);
    expect(canRunInUtilityVm(host, of(wanted))).toBe(vm);
  });

  it('runs a Linux image in a utility VM and never in a silo', () => {
    expect(canRunInSilo(windows(26100), linuxImage, table)).toBe(false);
    expect(canRunInUtilityVm(windows(26100), linuxImage)).toBe(true);
  });

  it('refuses a Windows image without a version', () => {
    const nameless = image({ osVersion: null });
    expect(canRunInSilo(windows(26100), nameless, table)).toBe(false);
    expect(canRunInUtilityVm(windows(26100), nameless)).toBe(false);
  });

  it('throws for a table that this version does not carry', () => {
    expect(() => compatibilityTable(99)).toThrow('no compatibility table of version 99');
  });
});

describe('what the field contradicts is a warning and no answer', () => {
  const codes = (host: OsVersion, wanted: OsVersion) =>
    compatibilityWarnings(host, of(wanted), table).map((warning) => warning.code);

  it('warns of a client host', () => {
    expect(codes(windows(22621), windows(20348))).toEqual(['client-host']);
  });

  it('warns of an image that is patched further than its host', () => {
    expect(codes(windows(20348, 1), windows(20348, 2))).toEqual(['image-newer-than-host']);
    expect(codes(windows(20348, 2), windows(20348, 2))).toEqual([]);
  });

  it('warns of build 26200, where images of 2025 failed and those of 2022 ran', () => {
    expect(codes(windows(26200), windows(26100))).toEqual(['client-host', 'field-contradiction']);
    expect(codes(windows(26200), windows(20348))).toEqual(['client-host', 'field-contradiction']);
  });

  it('warns of nothing on a server that runs its own build', () => {
    expect(codes(windows(26100), windows(26100))).toEqual([]);
    expect(compatibilityWarnings(windows(26100), linuxImage, table)).toEqual([]);
  });
});
