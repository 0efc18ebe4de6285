import type { Colors } from './terminal.js';

/** An incident as the api shows it, as far as it is printed for a person. */
export interface ShownIncident {
  readonly id: string;
  readonly kind: string;
  readonly hostId: string;
  readonly workloadId: string | null;
  readonly note: string;
  readonly status: string;
  readonly reportedAt: string;
  readonly containment: { readonly at: string; readonly note: string } | null;
}

/** Incidents for a person: what was seen, and what came of it. */
export function incidentLines(
  incidents: readonly ShownIncident[],
  colors: Colors,
): readonly string[] {
  if (incidents.length === 0) return ['no incident was reported'];
  return incidents.flatMap(
    ({ id, kind, hostId, workloadId, note, status, reportedAt, containment }) => {
      // As it was reported: nobody has checked whether it was there.
      const suspect = workloadId === null ? '' : `, suspected ${workloadId}`;
      const state = status === 'open' ? colors.red(status) : status;
      return [
        `${id}  ${colors.bold(kind)} on ${hostId}${suspect}; ${state}`,
        `  ${reportedAt}: ${note}`,
        ...(containment === null ? [] : [`  ${containment.at}: ${containment.note}`]),
      ];
    },
  );
}
