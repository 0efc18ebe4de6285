import type { TimeMs } from '../../event.js';
import type { UuidSource } from '../../sources.js';
import type { Fleet } from '../fleet/fleet.js';
import { Turns } from '../waiting/turns.js';
import type { WaitingRoom } from '../waiting/waiting-room.js';
import { OpenRound } from './open-round.js';
import type { Round } from './planned-round.js';

/**
 * Serves the waiting room once: always the workload whose turn it is, until every line is served or
 * blocked. What it takes is held in the fleet (`pending`) until the log has it or refuses it. Those for
 * whom there is nothing are told so at the end, so that a crowd that waits keeps nobody from a free place.
 */
export function planRound(
  fleet: Fleet,
  room: WaitingRoom,
  nowMs: TimeMs,
  newUuid: UuidSource,
): Round {
  const round = new OpenRound(fleet, room, nowMs, newUuid);
  const { policy } = fleet.policy.state;
  if (policy === null) return round.close();
  const turns = new Turns(fleet, room, policy);
  for (let turn = turns.current(); turn !== null && !round.isFull(); turn = turns.current()) {
    if (round.look(turn)) turns.served();
    else turns.blocked();
  }
  return round.close();
}
