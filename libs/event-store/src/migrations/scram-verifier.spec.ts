import { describe, expect, it } from 'vitest';
import { scramVerifier } from './scram-verifier.js';

describe('a password verifier', () => {
  it('is what RFC 7677 makes of its example', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('is never the same twice and never holds the password', () => {
    expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
    expect(scramVerifier('pencil')).not.toContain('pencil');
  });

  it.each(['', 'with space', 'pässword', 'a\nb'])('is refused for %j', (password) => {
    expect(() => scramVerifier(password)).toThrow('printable ASCII');
  });
});
