import { describe, expect, it } from 'vitest';
import { barChart } from './bar-chart.js';
import { lineChart } from './line-chart.js';
import { figure, scaleFor } from './scale.js';

describe('a chart', () => {
  it('has an axis with a handful of round values and room for the largest', () => {
    for (const largest of [0.003, 0.7, 1, 7.3, 64, 99, 100, 1_234_567]) {
      const scale = scaleFor([largest / 3, largest], 500);
      expect(scale.most).toBeGreaterThanOrEqual(largest);
      expect(scale.ticks.length).toBeGreaterThanOrEqual(3);
      expect(scale.ticks.length).toBeLessThanOrEqual(7);
      expect(scale.at(scale.most)).toBe(500);
    }
    expect(scaleFor([], 500).ticks).toEqual([0, 1]);
  });

  it('writes figures without digits that say nothing', () => {
    expect([0, 0.5, 1.234, 12.34, 1500.4].map(figure)).toEqual([
      '0',
      '0.5',
      '1.23',
      '12.3',
      '1500',
    ]);
  });

  it('draws bars in proportion, and says where there is none', () => {
    const svg = barChart({
      title: 'Bars & <more>',
      unit: 's',
      series: ['a', 'b'],
      rows: [{ label: 'row', bars: [{ value: 5, upTo: 10 }, null], expected: { low: 4, high: 6 } }],
    });
    expect(svg).toContain('<title>Bars &amp; &lt;more&gt;</title>');
    expect(svg).toContain('width="230"');
    expect(svg).toContain('>none</text>');
    expect(svg).toContain('fill="#f0e442"');
  });

  it('draws a line that holds each value until the next', () => {
    const svg = lineChart({
      title: 'Line',
      x: 'h',
      y: 'GiB',
      lines: [
        {
          name: 'a',
          points: [
            [0, 0],
            [1, 10],
          ],
        },
      ],
      limit: { value: 10, name: 'all' },
    });
    expect(svg).toContain('d="M64 276H696V64"');
    expect(svg).toContain('stroke-dasharray');
  });
});
