import { isId } from '@bulkhead/domain';
import { KNOWN_EVENTS } from '@bulkhead/event-store';
import { queryText } from '../http/text.js';

const FILTER_MAX_LENGTH = 128;
/** Aggregates whose events are streams named by their ids. */
const STREAM_PREFIXES = [
  'ten',
  'cred',
  'wl',
  'bat',
  'sch',
  'host',
  'ki',
  'tpl',
  'img',
  'adv',
  'inc',
] as const;
/** Streams of which there is one, or one for each consumer or projection. */
const NAMED_STREAM = /^(policy|placer|advisories|(consumer|projection|queue)_[a-z][a-z0-9@-]*)$/;
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

export const streamId = filter
  .refine(
    (text) => NAMED_STREAM.test(text) || STREAM_PREFIXES.some((prefix) => isId(prefix, text)),
    `must be the id of an aggregate (${STREAM_PREFIXES.join('_, ')}_ and 32 hexadecimal digits), policy, placer, advisories, consumer_NAME, projection_NAME or queue_NAME`,
  )
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
