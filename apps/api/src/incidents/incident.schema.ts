import { type IncidentState, isId } from '@bulkhead/domain';
import { z } from 'zod';
import { text } from '../http/text.js';
import { timeText } from '../sources.js';

const ID_MAX_LENGTH = 64;
const NOTE_MAX_LENGTH = 2_000;

const note = text(NOTE_MAX_LENGTH).meta({
  description: 'In the words of the operator. It stands in the log and cannot be erased.',
});

const idOf = (prefix: 'host' | 'wl' | 'ten', what: string) =>
  text(ID_MAX_LENGTH).refine((id) => isId(prefix, id), `must be the id of a ${what}`);

const kind = z.enum(['escape-attempt', 'suspicious-crash', 'other']);

const example = {
  kind: 'escape-attempt',
  hostId: 'host_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  workloadId: 'wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e60',
  tenantId: 'ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e62',
  note: 'A handle to the host was opened from inside the silo.',
} as const;

export const IncidentReport = z
  .strictObject({
    kind,
    hostId: idOf('host', 'host').meta({ description: 'Where it was seen.' }),
    workloadId: idOf('wl', 'workload').optional().meta({
      description:
        'Which workload is suspected, where one is; `tenantId` says whose it is. It must exist, but need not have run on the host: who reaches a host from elsewhere may be suspected too.',
    }),
    tenantId: idOf('ten', 'tenant')
      .optional()
      .meta({ description: 'Whose workload it is. Exactly with `workloadId`.' }),
    note,
    stop: z.boolean().default(false).meta({
      description: 'Whether what runs on the host is stopped. What it leaves behind is kept.',
    }),
  })
  .refine(({ workloadId, tenantId }) => workloadId === undefined || tenantId !== undefined, {
    path: ['tenantId'],
    error: 'must say whose the suspected workload is',
  })
  .refine(({ workloadId, tenantId }) => tenantId === undefined || workloadId !== undefined, {
    path: ['workloadId'],
    error: 'must say which workload of the tenant is suspected',
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
    tenantId: z.string().nullable(),
    quarantine: z.enum(['began', 'tightened', 'stood', 'host-retired', 'unrecorded']).meta({
      description:
        'What the incident made of its host: its quarantine began with it, was tightened so that what ran there is stopped, stood already, or the host had left the fleet. `unrecorded` of incidents from before this was kept.',
    }),
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
        quarantine: 'began',
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
