import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimestampMs } from './recorded-row.js';

describe('a stored time', () => {
  it('is read back to the millisecond, whatever its fraction looks like', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        const written = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
        // Postgres leaves out trailing zeros of the fraction, and the fraction when it is zero.
        const short = written.replace(/\.?0+$/, (zeros) => (/^\.?0+$/.test(zeros) ? '' : zeros));
        const text = /\.\d*$/.test(written) ? short : written;
        expect(parseTimestampMs(`${text}+00`)).toBe(ms);
      }),
    );
  });

  it('is read in other zones too', () => {
    expect(parseTimestampMs('2026-11-21 12:42:00.5+02')).toBe(
      Date.UTC(2026, 10, 21, 10, 42, 0, 500),
    );
  });
});
