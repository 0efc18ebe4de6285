import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { imageLines } from './image-lines.js';

const colors = pc.createColors(false);
const image = {
  id: 'img_1',
  reference: 'a:1',
  os: 'windows',
  osVersion: '10.0.20348.1',
  publisher: 'microsoft',
  diskMiB: 300,
  layers: [{}, {}],
  revoked: false,
};

describe('the list of images', () => {
  it('tells what each is, how much a host stores for it, and which nothing may run', () => {
    const linux = { ...image, id: 'img_2', reference: 'longer:1', os: 'linux', osVersion: null };
    expect(imageLines([image, { ...linux, layers: [{}], revoked: true }], colors)).toEqual([
      'img_1  a:1       windows 10.0.20348.1 of microsoft; 300 MiB in 2 layers',
      'img_2  longer:1  linux of microsoft; 300 MiB in 1 layer; revoked',
    ]);
    expect(imageLines([], colors)).toEqual(['the catalogue is empty']);
  });
});
