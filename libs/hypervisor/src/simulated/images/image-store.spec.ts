import type { ImageLayer } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { someImage } from '../../driver-scenario.contract.js';
import { mibOf } from '../memory/footprint.js';
import { ImageStore } from './image-store.js';
import { layersOf } from './layers.js';

const layer = (digest: string, megabytes: number): ImageLayer => ({
  digest,
  compressedMiB: mibOf(megabytes),
  unpackedMiB: mibOf(2.5 * megabytes),
});
const base = layer('base', 230);
const [one, other] = [layer('one', 23), layer('other', 23)];

const msOf = (pull: { startedAtMs: number; finishedAtMs: number } | null) =>
  pull === null ? 0 : pull.finishedAtMs - pull.startedAtMs;

describe('the image store of a simulated host', () => {
  it('downloads layers one after the other and unpacks them from the base upwards', () => {
    // 230 MB in 10 s and unpacked in 115 s; the second layer comes meanwhile and is unpacked in 11.5 s.
    expect(msOf(new ImageStore(1).pull([base, one], 1_000))).toBe(136_500);
    expect(msOf(new ImageStore(10).pull([base, one], 1_000))).toBe(13_650);
  });

  it('unpacks a layer once, whoever needs it meanwhile, and waits for it with other images', () => {
    const store = new ImageStore(1);
    const first = store.pull([base, one], 1_000);
    const same = store.pull([base, one], 50_000);
    expect(same?.finishedAtMs).toBe(first?.finishedAtMs);
    const sibling = store.pull([base, other], 1_000);
    expect(sibling?.finishedAtMs).toBe(1_000 + 125_000 + 11_500);
    expect(store.pull([base], 200_000)).toBeNull();
  });

  it('comes with the layers of the catalogue, or with none', () => {
    const layers = layersOf(someImage());
    expect(layers.length).toBeGreaterThan(0);
    expect(new ImageStore(1).pull(layers, 0)).toBeNull();
    expect(msOf(new ImageStore(1, 'none').pull(layers, 0))).toBeGreaterThan(30_000);
  });

  it('pulls a damaged layer again', () => {
    const store = new ImageStore(1);
    const layers = layersOf(someImage());
    store.damage(layers[0] as ImageLayer);
    expect(msOf(store.pull(layers, 0))).toBeGreaterThan(0);
    expect(store.pull(layers, 3_600_000)).toBeNull();
  });

  it('pulls a damaged layer again also where the host boots before it is back', () => {
    const store = new ImageStore(1);
    const layers = layersOf(someImage());
    store.damage(layers[0] as ImageLayer);
    const pull = store.pull(layers, 0);
    store.reboot(1_000);
    expect(msOf(store.pull(layers, 1_000))).toBe(msOf(pull));
  });

  it('keeps over a boot what was unpacked, and begins again what was not', () => {
    const store = new ImageStore(1);
    const pull = store.pull([base, one], 0);
    store.reboot(126_000);
    expect(store.pull([base], 126_000)).toBeNull();
    expect(store.pull([base, one], 126_000)?.finishedAtMs).toBe(126_000 + 12_500);
    expect(pull?.finishedAtMs).toBe(136_500);
  });

  it('takes what the request names for the layers of an image the catalogue of hosts lacks', () => {
    const own = someImage({ reference: 'example.test/own:1' });
    expect(layersOf(own, [base, one])).toEqual([base, one]);
    expect(layersOf({ ...own, known: false }).at(-1)?.digest).toBe('own:example.test/own:1');
  });
});
