import type { TimeMs } from '../event.js';
import type { UuidSource } from '../sources.js';
import type { Fleet } from './fleet.js';
import { OpenRound } from './open-round.js';
import type { Round } from './planned-round.js';
import { comesBefore, type Line, type Waiting, type WaitingRoom } from './waiting-room.js';

/** A line, and how far this round has served it. */
interface Place {
  readonly line: Line;
  next: number;
}

/**
 * Serves the waiting room once: always the workload that comes first among the first of all lines, until
 * every line is served or blocked. What it takes is held in the fleet (`pending`) until the log has it or
 * refuses it.
 */
export function planRound(
  fleet: Fleet,
  room: WaitingRoom,
  nowMs: TimeMs,
  newUuid: UuidSource,
): Round {
  const round = new OpenRound(fleet, nowMs, newUuid);
  // The first to be served stands last, where taking it away costs nothing.
  const places: Place[] = [...room.lines.values()].map((line) => ({ line, next: 0 }));
  places.sort((a, b) => (comesBefore(headOf(a), headOf(b)) ? 1 : -1));
  for (let place = places.pop(); place !== undefined && !round.isFull(); place = places.pop()) {
    if (round.look(headOf(place))) {
      place.next += 1;
      if (place.next < place.line.waiting.length) insert(places, place);
    } else {
      round.deferAllAlike(place.line, place.next);
    }
  }
  return round.close();
}

function headOf(place: Place): Waiting {
  return place.line.waiting[place.next] as Waiting;
}

/** Puts a line back where its new head belongs. */
function insert(places: Place[], place: Place): void {
  const head = headOf(place);
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comesBefore(head, headOf(places[middle] as Place))) low = middle + 1;
    else high = middle;
  }
  places.splice(low, 0, place);
}
