import type { ProjectionState } from '@bulkhead/domain';
import { type Generation, generationIn } from '@bulkhead/event-store';
import { z } from 'zod';
import { reason } from '../http/text.js';
import { timeText } from '../sources.js';

export const RebuildRequest = z
  .strictObject({ reason })
  .meta({ id: 'RebuildRequest', examples: [{ reason: 'its rows were edited by hand' }] });
export type RebuildRequestBody = z.infer<typeof RebuildRequest>;

const generation = {
  generation: z
    .int()
    .meta({ description: 'Which making of the rows, counted over all projections.' }),
  version: z.int().meta({ description: 'Of the code that makes the rows.' }),
  position: z.int().meta({ description: 'Everything in the log up to here is in the rows.' }),
};

export const ProjectionSchema = z
  .strictObject({
    name: z.string(),
    live: z
      .strictObject({ ...generation, since: z.string() })
      .nullable()
      .meta({ description: 'The rows that readers see.' }),
    rebuild: z
      .strictObject({
        status: z.enum(['requested', 'building']).meta({
          description: 'requested: no worker has begun yet. building: beside the live rows.',
        }),
        generation: generation.generation.nullable(),
        version: generation.version.nullable(),
        position: generation.position,
        targetPosition: z.int().meta({
          description: 'How far it has to come before readers see it; it grows with the log.',
        }),
        begunAt: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'Rows that are to take the place of the live ones; null for none.' }),
  })
  .meta({ id: 'Projection' });
export type ProjectionView = z.infer<typeof ProjectionSchema>;

export const ProjectionListSchema = z
  .strictObject({ items: z.array(ProjectionSchema) })
  .meta({ id: 'ProjectionList' });
export type ProjectionListView = z.infer<typeof ProjectionListSchema>;

/** What one projection's generations and the requests in its stream amount to. */
export function projectionView(
  name: string,
  generations: readonly Generation[],
  { requests }: ProjectionState,
): ProjectionView {
  const live = generationIn(generations, 'live');
  return {
    name,
    live:
      live === undefined
        ? null
        : {
            generation: live.generation,
            version: live.version,
            position: live.position,
            since: timeText(live.liveSinceMs ?? live.begunAtMs),
          },
    rebuild: rebuildView(generations, requests),
  };
}

function rebuildView(
  generations: readonly Generation[],
  requests: number,
): ProjectionView['rebuild'] {
  const live = generationIn(generations, 'live');
  const building = generationIn(generations, 'building');
  if (building === undefined) {
    if (requests <= answeredBy(generations)) return null;
    const targetPosition = live?.position ?? 0;
    const nothingYet = { generation: null, version: null, position: 0, begunAt: null };
    return { status: 'requested', ...nothingYet, targetPosition };
  }
  const { generation: number, version, position, begunAtMs } = building;
  const targetPosition = Math.max(building.targetPosition, live?.position ?? 0, position);
  const begunAt = timeText(begunAtMs);
  return { status: 'building', generation: number, version, position, targetPosition, begunAt };
}

/** The newest request that rows answer which are there or in the making. */
export function answeredBy(generations: readonly Generation[]): number {
  const live = generationIn(generations, 'live')?.request ?? 0;
  return Math.max(live, generationIn(generations, 'building')?.request ?? 0);
}
