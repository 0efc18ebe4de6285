import type { HostRegistered, HostSpec } from './events.js';

/** A host of version 1 has no labels, so whoever asks for one does not get it. */
export const hostUpcasts = {
  HostRegistered: {
    1: (spec: Omit<HostSpec, 'labels'>): HostRegistered['payload'] => ({ ...spec, labels: {} }),
  },
};
