import { aggregatePrefixes, isId, isStreamId, loneStreams, namePrefixes } from '@bulkhead/domain';
import { KNOWN_EVENTS } from '@bulkhead/event-store';
import { queryText } from '../http/text.js';

const FILTER_MAX_LENGTH = 128;
/** Components name themselves so: placer, jobs, issue-credential. */
const COMPONENT = /^[a-z][a-z0-9-]*$/;

const filter = queryText(FILTER_MAX_LENGTH);

/*
 * What cannot be an id is refused: an empty page would look like the answer that nothing happened. An id
 * that nobody has is as good as any other, and its page is empty.
 */

export const tenantId = filter.refine(
  (text) => isId('ten', text),
  'must be the id of a tenant: ten_ and 32 hexadecimal digits, not its name',
);

const someId = `the id of an aggregate (${aggregatePrefixes.join('_, ')}_ and 32 hexadecimal digits)`;
const names = namePrefixes.map((prefix) => `${prefix}_NAME`);
const streams = [someId, ...loneStreams, ...names];

export const streamId = filter
  .refine(isStreamId, `must be ${streams.slice(0, -1).join(', ')} or ${streams.at(-1)}`)
  .meta({ description: 'Id of the aggregate whose history it is.' });

export const actorId = filter
  .refine(
    (text) => COMPONENT.test(text) || isId('cred', text),
    'must be the id of a credential (cred_ and 32 hexadecimal digits) or the name of a component, such as placer',
  )
  .meta({ description: 'Id of a credential or name of a component.' });

export const eventType = filter.refine(
  (type) => Object.hasOwn(KNOWN_EVENTS, type),
  'is not a type of event; see docs/events.md',
);
