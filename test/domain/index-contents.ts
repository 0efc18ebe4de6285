import { type FleetHost, HostIndex, seatIsIn } from '@bulkhead/domain';

/** What an index holds, in the order in which it would be looked at, without how it came to be so. */
export function contentsOf(index: HostIndex) {
  const classes = [...index.classes].map(([key, { shape, shelves, size }]) => {
    const standing = [...shelves].map(([of, shelf]) => ({ of, hosts: shelf.hosts() }));
    return [key, { shape, size, standing }] as const;
  });
  const owned = [...index.owned].map(([owner, ofOwner]) => {
    const shelves = [...ofOwner.shapes()].map(
      (shape) => [shape, ofOwner.shelfFor(shape)?.hosts()] as const,
    );
    return [
      owner,
      new Map(shelves.map(([shape, hosts]) => [JSON.stringify(shape), hosts])),
    ] as const;
  });
  return {
    classes: new Map(classes),
    owned: new Map(owned),
    pulled: pulledIn(index),
    mostFree: index.mostFree(),
    pending: index.claimIsPending(null),
  };
}

/** By image, the hosts that are known to have pulled it. */
function pulledIn({ classes, pulled, seats }: HostIndex) {
  const present = [...classes.values()].flatMap(({ shelves }) =>
    [...shelves.values()].flatMap((shelf) => shelf.hosts()),
  );
  const images = new Set(present.flatMap((host) => [...host.images]));
  const hostsWith = [...images].map((imageId) => {
    const bits = pulled.seatsWith(imageId);
    const having = seats.hosts.filter((_, seat) => seatIsIn(bits, seat));
    return [imageId, new Set(having.map(({ hostId }) => hostId))] as const;
  });
  return new Map(hostsWith);
}

/** An index that never saw anything but these hosts as they are. */
export function indexOf(hosts: Iterable<FleetHost>): HostIndex {
  const index = new HostIndex();
  for (const host of hosts) index.put(host);
  return index;
}
