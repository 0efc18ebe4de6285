import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { describePortProblem, freePort, whyPortIsUnusable } from './ports.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}

describe('a port', () => {
  it('that is taken is named, with its address', async () => {
    const port = await takenPort();
    expect(await whyPortIsUnusable(port, '127.0.0.1')).toBe(
      `Port ${port} on 127.0.0.1 is taken by another program.`,
    );
  });

  it('that is free has nothing said against it', async () => {
    const port = await freePort('127.0.0.1');
    expect(await whyPortIsUnusable(port, '127.0.0.1')).toBeUndefined();
  });

  it('on an address of another machine is refused with the address', async () => {
    expect(await whyPortIsUnusable(8080, '192.0.2.1')).toBe(
      '192.0.2.1 is not an address of this machine.',
    );
  });

  it('that only root may use says so', () => {
    expect(describePortProblem('EACCES', 80, '127.0.0.1')).toBe(
      'Port 80 on 127.0.0.1 may not be used by this user.',
    );
  });

  it('that is only wished for gives way to a free one', async () => {
    const wish = await takenPort();
    expect(await freePort('127.0.0.1', wish)).not.toBe(wish);
    expect(await freePort('127.0.0.1', 70_000)).toBeLessThan(65_536);
  });
});
