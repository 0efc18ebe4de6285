import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseNetworks } from '@bulkhead/addresses';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realTimers as timers } from '../real-time.js';
import { NameServer } from './name-server.contract.js';
import { nameResolver } from './resolve-names.js';
import { type SendingParts, sendMessage } from './send-message.js';

const PUBLIC = '203.0.114.7';
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'loopback.test': ['127.0.0.1', '::1'],
  'private.test': ['10.0.0.1', '172.16.0.1', '192.168.0.1', 'fd00::1'],
  'metadata.test': ['169.254.169.254', 'fd00:ec2::254'],
  'mapped.test': ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1'],
  'unspecified.test': ['0.0.0.0', '::'],
  'none.test': [],
};

let names: NameServer;
let receiver: Server;
let port: number;
let heard = 0;

beforeAll(async () => {
  names = await NameServer.listen((name, asked) => {
    if (name === 'silent.test') return 'silence';
    // Harmless for whoever looks first, and then the machine itself.
    if (name === 'rebinding.test') return asked === 1 ? [PUBLIC] : ['127.0.0.1'];
    return NAMES[name] ?? [];
  });
  receiver = createServer((_request, response) => {
    heard += 1;
    response.end();
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  port = (receiver.address() as AddressInfo).port;
});
beforeEach(() => {
  heard = 0;
});
afterAll(() => {
  names.close();
  receiver.closeAllConnections();
  receiver.close();
});

const send = (host: string, parts: Partial<SendingParts> = {}, scheme = 'http') =>
  sendMessage(
    new URL(`${scheme}://${host}:${port}/`),
    '{}',
    {},
    {
      resolve: nameResolver([names.address]),
      allowed: parseNetworks([]),
      timers,
      ...parts,
    },
  );
const failed = (because: string) => ({ kind: 'failed', because });

describe('a name that a tenant chose', () => {
  it.each(Object.keys(NAMES).filter((name) => name !== 'none.test'))(
    'leads nowhere where it means an address of the platform (%s)',
    async (name) => {
      for (const scheme of ['http', 'https']) {
        expect(await send(name, {}, scheme)).toEqual(failed('address-refused'));
      }
      expect(heard).toBe(0);
    },
  );

  it('leads nowhere where it means another address a moment later: what is judged is what is connected to', async () => {
    const resolve = nameResolver([names.address]);
    const looked = new Promise((found) => resolve('rebinding.test', (_, all) => found(all)));
    expect(await looked).toEqual([{ address: PUBLIC, family: 4 }]);
    expect(await send('rebinding.test', { resolve })).toEqual(failed('address-refused'));
    expect(heard).toBe(0);
    // The look before the connection is the only one: nobody looks again in between.
    expect(names.asked.get('rebinding.test A')).toBe(2);
  });

  it('leads to the platform where the operator says so, and only by those of its addresses', async () => {
    const allowed = parseNetworks(['127.0.0.0/8']);
    expect(await send('loopback.test', { allowed })).toMatchObject({ status: 200 });
    expect(await send('private.test', { allowed })).toEqual(failed('address-refused'));
    expect(heard).toBe(1);
  });

  it('is told unknown, and waited for no longer than for any answer', async () => {
    expect(await send('none.test')).toEqual(failed('name-not-found'));
    expect(await send('silent.test', { answerWithinMs: 200 })).toEqual(failed('timeout'));
  });

  it('gets no message that others could read on its way', async () => {
    const resolve: SendingParts['resolve'] = (_, done) =>
      done(null, [{ address: PUBLIC, family: 4 }]);
    expect(await send('public.test', { resolve })).toEqual(failed('https-required'));
    expect(await send(PUBLIC)).toEqual(failed('https-required'));
  });
});

describe('a sender that stops', () => {
  it('ends what it sends, and says that it was not the receiver', async () => {
    const stopping = new AbortController();
    const allowed = parseNetworks(['127.0.0.0/8']);
    const sent = send('silent.test', { allowed, signal: stopping.signal });
    stopping.abort();
    expect(await sent).toEqual(failed('stopped'));
    expect(await send('loopback.test', { allowed, signal: stopping.signal })).toEqual(
      failed('stopped'),
    );
  });
});
