import { v7 as uuid } from 'uuid';
import { describeEventLog } from '../log/event-log.contract.js';
import { InMemoryLog } from './in-memory-log.js';

describeEventLog('the log in memory', async () => {
  let nowMs = 1_750_000_000_000;
  const log = new InMemoryLog({ clock: () => nowMs, newEventId: uuid });
  return {
    log,
    passTime: async (ms) => {
      nowMs += ms;
    },
    close: async () => {},
  };
});
