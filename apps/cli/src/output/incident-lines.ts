import type { Colors } from './terminal.js';

/** An incident as the api shows it, as far as it is printed for a person. */
export interface ShownIncident {
  readonly id: string;
  readonly kind: string;
  readonly hostId: string;
  readonly workloadId: string | null;
  readonly tenantId: string | null;
  readonly quarantine: string;
  readonly note: string;
  readonly status: string;
  readonly reportedAt: string;
  readonly containment: { readonly at: string; readonly note: string } | null;
}

/** What the incident made of its host; nothing where that was not recorded, or by a newer api. */
const effects: Readonly<Record<string, string>> = {
  began: '; quarantine began',
  tightened: '; quarantine made stricter',
  stood: '; in quarantine before',
  'host-retired': '; the host had left the fleet',
};

/** Incidents for a person: what was seen, and what came of it. */
export function incidentLines(
  incidents: readonly ShownIncident[],
  colors: Colors,
): readonly string[] {
  if (incidents.length === 0) return ['no incident was reported'];
  return incidents.flatMap(({ id, kind, hostId, workloadId, tenantId, note, status, ...told }) => {
    const { quarantine, reportedAt, containment } = told;
    const whose = tenantId === null ? '' : ` of ${tenantId}`;
    // As it was reported: nobody has checked whether it was there.
    const suspect = workloadId === null ? '' : `, suspected ${workloadId}${whose}`;
    const state = status === 'open' ? colors.red(status) : status;
    return [
      `${id}  ${colors.bold(kind)} on ${hostId}${suspect}; ${state}${effects[quarantine] ?? ''}`,
      `  ${reportedAt}: ${note}`,
      ...(containment === null ? [] : [`  ${containment.at}: ${containment.note}`]),
    ];
  });
}
