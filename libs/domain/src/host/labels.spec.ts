import { describe, expect, it } from 'vitest';
import { isSelected, labelsKey, labelsText } from './labels.js';

describe('labels', () => {
  it('are selected where each that is asked for is there with its value', () => {
    const labels = { zone: 'a', disk: 'ssd' };
    expect(isSelected(labels, {})).toBe(true);
    expect(isSelected(labels, { disk: 'ssd' })).toBe(true);
    expect(isSelected(labels, { disk: 'ssd', zone: 'b' })).toBe(false);
    expect(isSelected(labels, { rack: '' })).toBe(false);
    expect(isSelected({}, { toString: 'x' })).toBe(false);
  });

  it('are the same in whatever order they were written, and never mistaken for others', () => {
    expect(labelsKey({ a: '1', b: '2' })).toBe(labelsKey({ b: '2', a: '1' }));
    expect(labelsKey({ a: '1', b: '2' })).not.toBe(labelsKey({ a: '1=b' }));
    expect(labelsKey({})).toBe('');
    expect(labelsText({ zone: 'a', disk: 'ssd' })).toBe('zone=a, disk=ssd');
  });
});
