import { acceptsPlacements, type HostState } from './state.js';

/** What operators ask of a registered host, and what the placer says of an empty one. */
export type HostAct =
  | 'cordon'
  | 'uncordon'
  | 'drain'
  | 'quarantine'
  | 'release'
  | 'fence'
  | 'retire'
  | 'report-drained'
  | 'request-reboot';

/** What is true of a host and bears on an act. */
export type HostFact =
  | 'retired'
  | 'open'
  | 'not-draining'
  | 'drained'
  | 'quarantined'
  | 'not-quarantined'
  | 'may-hold-places'
  | 'fenced'
  | 'closed';

/** The refusal's stable code, or `nothing` where the act has been carried out before. */
export type ActAnswer = 'nothing' | 'HOST_RETIRED' | 'HOST_NOT_DRAINED' | 'HOST_QUARANTINED';

const facts: Readonly<Record<HostFact, (state: HostState) => boolean>> = {
  retired: ({ condition }) => condition === 'retired',
  open: ({ cordoned, drain }) => !cordoned && drain === null,
  'not-draining': ({ drain }) => drain === null || drain.drainedAtMs !== null,
  drained: ({ drain }) => drain !== null && drain.drainedAtMs !== null,
  quarantined: ({ quarantine }) => quarantine !== null,
  'not-quarantined': ({ quarantine }) => quarantine === null,
  // Only a boot lets anything be placed, and only a finished drain says that nothing is there.
  'may-hold-places': ({ boot, drain }) => boot !== null && (drain?.drainedAtMs ?? null) === null,
  fenced: ({ condition }) => condition === 'fenced',
  closed: (state) => !acceptsPlacements(state),
};

/**
 * What stands in the way of each act: the first fact that holds gives the answer, and where none holds
 * the act is recorded.
 */
export const hostActTable: Readonly<
  Record<HostAct, readonly { readonly when: HostFact; readonly answer: ActAnswer }[]>
> = {
  // A second cordon is recorded only where it says another reason: see `cordon`.
  cordon: [{ when: 'retired', answer: 'HOST_RETIRED' }],
  uncordon: [
    { when: 'retired', answer: 'HOST_RETIRED' },
    { when: 'open', answer: 'nothing' },
  ],
  // A second drain is recorded only where it evicts sooner than the first: see `drain`.
  drain: [
    { when: 'retired', answer: 'HOST_RETIRED' },
    { when: 'drained', answer: 'nothing' },
  ],
  // A second quarantine is recorded only where it stops what the first let go on: see `quarantine`.
  quarantine: [{ when: 'retired', answer: 'HOST_RETIRED' }],
  release: [
    { when: 'retired', answer: 'HOST_RETIRED' },
    { when: 'not-quarantined', answer: 'nothing' },
  ],
  fence: [
    { when: 'retired', answer: 'HOST_RETIRED' },
    { when: 'fenced', answer: 'nothing' },
  ],
  retire: [
    { when: 'retired', answer: 'nothing' },
    { when: 'quarantined', answer: 'HOST_QUARANTINED' },
    { when: 'may-hold-places', answer: 'HOST_NOT_DRAINED' },
  ],
  'report-drained': [
    { when: 'retired', answer: 'nothing' },
    { when: 'not-draining', answer: 'nothing' },
  ],
  // What nothing may be placed on needs no free kernel; one whose reboot was asked for is among them.
  'request-reboot': [{ when: 'closed', answer: 'nothing' }],
};

/** What answers the act, or null where it is to be recorded. */
export function answerTo(act: HostAct, state: HostState): ActAnswer | null {
  return hostActTable[act].find(({ when }) => facts[when](state))?.answer ?? null;
}

/** What a caller is told with each refusal. */
export const refusalTexts: Readonly<Record<Exclude<ActAnswer, 'nothing'>, string>> = {
  HOST_RETIRED: 'The host is retired. Register the machine anew to use it again.',
  HOST_QUARANTINED: 'The host is in quarantine. Release it first, when its evidence is secured.',
  HOST_NOT_DRAINED:
    'The host may still hold workloads. Drain it, wait until it says when it was drained, and retire it then.',
};
