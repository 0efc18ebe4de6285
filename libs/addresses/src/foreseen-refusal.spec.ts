import { describe, expect, it } from 'vitest';
import { parseNetworks } from './address-rules.js';
import { foreseenRefusal } from './foreseen-refusal.js';

const none = parseNetworks([]);
const office = parseNetworks(['10.0.0.0/8']);

describe('a URL of which nothing but itself is known', () => {
  it.each([
    ['https://127.0.0.1/hook', 'address-refused'],
    ['https://[::1]:8443/', 'address-refused'],
    ['http://10.1.2.3/', 'address-refused'],
    ['http://1.1.1.1/', 'https-required'],
    ['http://hooks.example/', 'https-required'],
    ['https://localhost/', 'name-not-found'],
    ['http://api.localhost:9000/', 'name-not-found'],
    ['https://hooks.example/', null],
    ['https://1.1.1.1/', null],
  ])('%s is foreseen to come to %s', (url, foreseen) => {
    expect(foreseenRefusal(new URL(url), none)).toBe(foreseen);
  });

  it('is fine where the operator allows it, or might', () => {
    for (const url of ['http://10.1.2.3/', 'https://10.1.2.3/', 'http://inside.example/']) {
      expect(foreseenRefusal(new URL(url), office), url).toBeNull();
    }
    expect(foreseenRefusal(new URL('http://1.1.1.1/'), office)).toBe('https-required');
  });
});
