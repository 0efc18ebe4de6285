import type { TimeMs } from '../event.js';
import type { UuidSource } from '../sources.js';
import type { Fleet } from './fleet.js';
import { OpenRound } from './open-round.js';
import type { Round } from './planned-round.js';
import { comesBefore, type Waiting, type WaitingRoom } from './waiting-room.js';

/**
 * Looks once at every line of the waiting room, the first in line first, and takes places for as many as
 * fit. What it takes is held in the fleet (`pending`) until the log has it or refuses it.
 */
export function planRound(
  fleet: Fleet,
  room: WaitingRoom,
  nowMs: TimeMs,
  newUuid: UuidSource,
): Round {
  const round = new OpenRound(fleet, nowMs, newUuid);
  const heads = [...room.lines.values()].map((line) => ({ line, next: 0 }));
  heads.sort((a, b) => (comesBefore(a.line[0] as Waiting, b.line[0] as Waiting) ? -1 : 1));
  for (const head of heads) {
    while (head.next < head.line.length && !round.isFull()) {
      const goesOn = round.look(head.line[head.next] as Waiting);
      if (!goesOn) {
        round.deferAllAlike(head.line.slice(head.next));
        break;
      }
      head.next += 1;
    }
  }
  return round.close();
}
