import { describeDriver } from '../driver.contract.js';
import { HostHistory } from './host-history.js';
import { InProcessDriver, SimulatedFleet, VirtualTime } from './index.js';

let boots = 0;

describeDriver('a simulated host in this process', async (host) => {
  const time = new VirtualTime(1_000_000);
  const fleet = new SimulatedFleet({
    clock: time.clock,
    timers: time,
    uuid: () => `boot-${++boots}`,
    timeScale: 1,
    openJournal: () => ({ sink: { append: () => {} }, history: new HostHistory() }),
    keep: () => {},
  });
  return {
    driver: new InProcessDriver(fleet, host),
    host,
    pass: async (ms) => {
      time.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => {},
  };
});
