import { beforeEach, describe, expect, it } from 'vitest';
import { FOREVER, newId, restartIds, someSpec } from '../../driver-scenario.contract.js';
import { openHost } from '../open-host.contract.js';
import { NatNetwork } from './nat-network.js';

beforeEach(restartIds);

describe('the nat network of a simulated host', () => {
  it('gives an address to each compute system, and one that was given back last of all', () => {
    const network = new NatNetwork(3);
    const [a, b, c, d] = [newId(), newId(), newId(), newId()];
    for (const id of [a, b]) network.attach(id);
    network.detach(a);
    for (const id of [c, d]) expect(network.attach(id)).toBe(true);
    const addresses = [a, b, c, d].map((id) => network.endpointOf(id)?.ipAddress);
    expect(addresses).toEqual([undefined, '172.16.0.3', '172.16.0.4', '172.16.0.2']);
    expect(network.attach(newId())).toBe(false);
    expect(network.usage()).toEqual({ gateway: '172.16.0.1', addresses: 3, taken: 3 });
  });

  it('keeps an address that leaked until the host boots', () => {
    const network = new NatNetwork(1);
    const id = newId();
    network.attach(id);
    network.leak(id);
    expect(network.attach(newId())).toBe(false);
    network.reboot();
    expect(network.attach(newId())).toBe(true);
  });

  it('fails a start for which no address is left, where it would be attached', () => {
    const { host, fence, time } = openHost({
      simulation: { timeScale: 1, seed: 3, natAddresses: 1 },
    });
    const [first, second] = [someSpec('process', FOREVER), someSpec('process', FOREVER)];
    for (const spec of [first, second]) {
      host.create(spec, fence);
      host.start(spec.computeSystemId, fence);
    }
    time.advance(60_000);
    const { failure, stages } = host.inspect(second.computeSystemId);
    expect(failure).toMatchObject({
      code: 'HCN_E_ADDR_INVALID_OR_RESERVED',
      hresult: '0x803B002F',
    });
    expect(stages.map(({ name }) => name)).toEqual(['create']);
    host.terminate(first.computeSystemId, fence);
    time.advance(60_000);
    const third = someSpec('process', FOREVER);
    host.create(third, fence);
    host.start(third.computeSystemId, fence);
    time.advance(60_000);
    expect(host.inspect(third.computeSystemId).state).toBe('running');
  });
});
