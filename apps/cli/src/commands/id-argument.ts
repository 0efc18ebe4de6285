import { InvalidArgumentError } from 'commander';
import { filled } from './option-parsers.js';

interface Kind {
  readonly what: string;
  /** The words that show the one of this id; left out where nothing does. */
  readonly shownBy?: (id: string) => string;
}

/** By what their ids begin with. */
const KINDS = {
  wl: { what: 'a workload', shownBy: (id) => `get ${id}` },
  bat: { what: 'a batch', shownBy: (id) => `batch show ${id}` },
  sch: { what: 'a schedule', shownBy: (id) => `schedule show ${id}` },
  whk: { what: 'a webhook', shownBy: (id) => `webhook show ${id}` },
  ten: { what: 'a tenant', shownBy: (id) => `tenant show ${id}` },
  host: { what: 'a host', shownBy: (id) => `host show ${id}` },
  adv: { what: 'an advisory', shownBy: (id) => `advisory show ${id}` },
  inc: { what: 'an incident', shownBy: (id) => `incident show ${id}` },
  img: { what: 'an image', shownBy: () => 'image list' },
  cred: { what: 'a credential' },
  msg: { what: 'a message of a webhook' },
} satisfies Readonly<Record<string, Kind>>;

export type IdKind = keyof typeof KINDS;

/** Reads an id. One of another kind is told what shows it; whether there is one of this kind, the api knows. */
export function idOf(wanted: IdKind): (text: string) => string {
  return (text) => {
    const other = Object.entries<Kind>(KINDS).find(([prefix]) => text.startsWith(`${prefix}_`));
    if (other === undefined || other[0] === wanted) return filled(text);
    const [, { what, shownBy }] = other;
    const hint = shownBy === undefined ? '' : `, see bulkhead ${shownBy(text)}`;
    throw new InvalidArgumentError(`that is ${what}${hint}`);
  };
}
