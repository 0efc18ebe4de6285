import type { ComputeSystemNotice } from '../../driver.js';
import { DriverError } from '../../driver.js';
import { DriverProtocolError } from './refusals.js';

/** One notice is a few hundred bytes; a line without end is not a notice. */
const MAX_LINE_LENGTH = 1 << 20;

/** The notices in a stream of NDJSON; hello and heartbeats only show that it is alive. */
export async function* noticesIn(text: AsyncIterable<string>): AsyncGenerator<ComputeSystemNotice> {
  let carried = '';
  for await (const part of text) {
    const lines = (carried + part).split('\n');
    carried = lines.pop() ?? '';
    if (carried.length > MAX_LINE_LENGTH) throw new DriverProtocolError('a line never ends');
    for (const line of lines) {
      const notice = noticeOf(line);
      if (notice) yield notice;
    }
  }
}

function noticeOf(line: string): ComputeSystemNotice | null {
  let told: Partial<ComputeSystemNotice> & { closed?: string };
  try {
    told = JSON.parse(line);
  } catch {
    throw new DriverProtocolError('a line of the watch is not JSON');
  }
  if (told.closed !== undefined) throw new DriverError('UNREACHABLE', told.closed);
  return told.status && told.hostId ? { hostId: told.hostId, status: told.status } : null;
}
