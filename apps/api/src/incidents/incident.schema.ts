import { type IncidentState, isId } from '@bulkhead/domain';
import { z } from 'zod';
import { text } from '../http/text.js';
import { timeText } from '../sources.js';

const ID_MAX_LENGTH = 64;
const NOTE_MAX_LENGTH = 2_000;

const note = text(NOTE_MAX_LENGTH).meta({
  description: 'In the words of the operator. It stands in the log and cannot be erased.',
});

const idOf = (prefix: 'host' | 'wl', what: string) =>
  text(ID_MAX_LENGTH).refine((id) => isId(prefix, id), `must be the id of a ${what}`);

const kind = z.enum(['escape-attempt', 'suspicious-crash', 'other']);

const example = {
  kind: 'escape-attempt',
  hostId: 'host_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  workloadId: 'wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e60',
  note: 'A handle to the host was opened from inside the silo.',
} as const;

export const IncidentReport = z
  .strictObject({
    kind,
    hostId: idOf('host', 'host').meta({ description: 'Where it was seen.' }),
    workloadId: idOf('wl', 'workload').optional().meta({
      description: 'Which workload is suspected, where one is. It is kept as it is reported.',
    }),
    note,
    stop: z.boolean().default(false).meta({
      description: 'Whether what runs on the host is stopped. What it leaves behind is kept.',
    }),
  })
  .meta({ id: 'IncidentReport', examples: [{ ...example, stop: true }] });
export type IncidentReportBody = z.infer<typeof IncidentReport>;

export const IncidentContainment = z
  .strictObject({ note })
  .meta({ id: 'IncidentContainment', examples: [{ note: 'The image was revoked.' }] });
export type IncidentContainmentBody = z.infer<typeof IncidentContainment>;

export const IncidentSchema = z
  .strictObject({
    id: z.string(),
    kind,
    hostId: z.string(),
    workloadId: z.string().nullable(),
    note: z.string(),
    status: z.enum(['open', 'contained']),
    reportedAt: z.string(),
    containment: z.strictObject({ at: z.string(), note: z.string() }).nullable(),
  })
  .meta({
    id: 'Incident',
    examples: [
      {
        id: 'inc_019aa5c1d2f27c3e8b5f0a1b2c3d4e61',
        ...example,
        status: 'open',
        reportedAt: '2026-11-21T10:42:00.000Z',
        containment: null,
      },
    ],
  });
export type IncidentView = z.infer<typeof IncidentSchema>;

export function incidentView({ reported, reportedAtMs, containment }: IncidentState): IncidentView {
  if (reported === null) throw new Error('there is no such incident');
  const { incidentId: id, ...told } = reported;
  return {
    id,
    ...told,
    status: containment === null ? 'open' : 'contained',
    reportedAt: timeText(reportedAtMs),
    containment:
      containment === null ? null : { at: timeText(containment.atMs), note: containment.note },
  };
}
