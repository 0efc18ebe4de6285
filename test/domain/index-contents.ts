import { type FleetHost, HostIndex } from '@bulkhead/domain';

/** What an index holds, in the order in which it would be looked at, without how it came to be so. */
export function contentsOf(index: HostIndex) {
  const classes = [...index.classes].map(([key, { shape, shelves, owned, size }]) => {
    const standing = [...shelves].map(([of, shelf]) => ({ of, hosts: shelf.hosts() }));
    const owners = [...owned].map(([owner, shelf]) => [owner, shelf.hosts()] as const);
    return [key, { shape, size, standing, owners: new Map(owners) }] as const;
  });
  const pending = index.claimIsPending(null);
  return { classes: new Map(classes), mostFree: index.mostFree(), pending };
}

/** An index that never saw anything but these hosts as they are. */
export function indexOf(hosts: Iterable<FleetHost>): HostIndex {
  const index = new HostIndex();
  for (const host of hosts) index.put(host);
  return index;
}
