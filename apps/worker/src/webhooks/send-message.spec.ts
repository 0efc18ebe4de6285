import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { parseNetworks } from '@bulkhead/addresses';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { realTimers as timers } from '../real-time.js';
import { type ResolveAll, sendMessage } from './send-message.js';
import { signatureHeaders } from './sign-message.js';

const servers: { close(): void; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

const LOOPBACK = parseNetworks(['127.0.0.0/8']);
const NOTHING = parseNetworks([]);
const to = (...addresses: string[]): ResolveAll => {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, done) => done(null, answers);
};

async function receiver(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

const send = (url: string, parts: Partial<Parameters<typeof sendMessage>[3]> = {}) =>
  sendMessage(
    new URL(url),
    '{}',
    {},
    { resolve: to('127.0.0.1'), allowed: LOOPBACK, timers, ...parts },
  );

describe('a message', () => {
  it('arrives as it was signed, and either secret of a rotation verifies it', async () => {
    const heard: { body: string; headers: Record<string, string> }[] = [];
    const { port } = await receiver(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      heard.push({ body, headers: request.headers as Record<string, string> });
      response.writeHead(204).end();
    });
    const body = JSON.stringify({ type: 'workload.succeeded', data: { id: 'wl_ü' } });
    const secrets = ['whsec_bmV3ZXI=', 'whsec_b2xkZXI='];
    const headers = signatureHeaders({ id: 'msg_1', body }, secrets, Date.now());
    const url = new URL(`http://receiver.test:${port}/hook?a=1`);
    const outcome = await sendMessage(url, body, headers, {
      resolve: to('127.0.0.1'),
      allowed: LOOPBACK,
      timers,
    });
    expect(outcome).toEqual({ kind: 'answered', status: 204, retryAfterMs: null });
    const [message] = heard;
    if (message === undefined) throw new Error('nothing arrived');
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(message.body, message.headers)).toEqual(JSON.parse(body));
    }
    expect(() => new Webhook('whsec_b3RoZXI=').verify(message.body, message.headers)).toThrow();
  });

  it('is not sent to an address that only its name hides, whatever it resolved to before', async () => {
    let asked = 0;
    const { port } = await receiver((_request, response) => {
      asked += 1;
      response.end();
    });
    const rebinding: ResolveAll = (_hostname, done) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    const refused = { kind: 'failed', because: 'address-refused' };
    const strict = { resolve: rebinding, allowed: NOTHING };
    expect(await send(`http://evil.test:${port}/`, strict)).toEqual(refused);
    for (const literal of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
      expect(await send(`http://${literal}:${port}/`, strict), literal).toEqual(refused);
    }
    expect(asked).toBe(0);
  });

  it('goes to the address that it may go to, where a name has others as well', async () => {
    const { port } = await receiver((_request, response) => response.end());
    const outcome = await send(`http://both.test:${port}/`, {
      resolve: to('10.0.0.1', 'fe80::1', '127.0.0.1'),
    });
    expect(outcome).toMatchObject({ status: 200 });
  });

  it('does not follow a redirect', async () => {
    let asked = 0;
    const { port } = await receiver((request, response) => {
      asked += 1;
      response.writeHead(307, { location: `http://127.0.0.1:${port}${request.url}again` }).end();
    });
    expect(await send(`http://moved.test:${port}/`)).toMatchObject({ status: 307 });
    expect(asked).toBe(1);
  });

  it('is told how long to wait', async () => {
    const { port } = await receiver((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(),
    );
    expect(await send(`http://busy.test:${port}/`)).toEqual({
      kind: 'answered',
      status: 429,
      retryAfterMs: 7_000,
    });
  });

  it('does not wait for an answer without end, or for none', async () => {
    const endless = await receiver((_request, response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(8_192), () => setImmediate(more));
      };
      more();
    });
    expect(await send(`http://endless.test:${endless.port}/`)).toMatchObject({ status: 200 });
    const silent = await receiver(() => {});
    expect(await send(`http://silent.test:${silent.port}/`, { answerWithinMs: 100 })).toEqual({
      kind: 'failed',
      because: 'timeout',
    });
  });

  it('says what kept it from being answered', async () => {
    const garbled = createTcpServer((socket) => socket.end('not http at all\r\n\r\n'));
    servers.push(garbled);
    await once(garbled.listen(0, '127.0.0.1'), 'listening');
    const { port } = garbled.address() as AddressInfo;
    const causeOf = async (url: string, resolve = to('127.0.0.1')) => {
      const outcome = await send(url, { resolve });
      return outcome.kind === 'failed' ? outcome.because : outcome.status;
    };
    expect(await causeOf(`http://garbled.test:${port}/`)).toBe('bad-answer');
    expect(await causeOf(`https://garbled.test:${port}/`)).toBe('tls');
    expect(await causeOf('http://closed.test:1/')).toBe('no-connection');
    const unknown: ResolveAll = (_hostname, done) =>
      done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
    expect(await causeOf('http://unknown.test/', unknown)).toBe('name-not-found');
  });
});
