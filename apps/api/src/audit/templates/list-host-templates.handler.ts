import { type CloneHolder, hostOf, isId } from '@bulkhead/domain';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../problems/problems.js';
import { FleetFold } from '../fleet/fleet-fold.js';
import type { HostTemplatesView } from './template.schema.js';
import { templateFactsView } from './template-view.js';

export class ListHostTemplates extends Query<HostTemplatesView> {
  constructor(readonly hostId: string) {
    super();
  }
}

/** The templates of a host's boot, for operators, from the fleet as the log has it now. */
@QueryHandler(ListHostTemplates)
export class ListHostTemplatesHandler implements IQueryHandler<ListHostTemplates> {
  constructor(private readonly fold: FleetFold) {}

  async execute({ hostId }: ListHostTemplates): Promise<HostTemplatesView> {
    if (!isId('host', hostId)) throw notFound('host');
    const fleet = await this.fold.current();
    if (hostOf(fleet, hostId).state.spec === null) throw notFound('host');
    const { templates } = fleet;
    const items = templates.on(hostId).map(({ templateId, state }) => ({
      ...templateFactsView(state),
      holders: holdersView(templates.holdersOf(templateId)),
    }));
    return { items: items.sort((a, b) => (a.id < b.id ? -1 : 1)) };
  }
}

function holdersView(holders: readonly CloneHolder[]) {
  const counted = new Map<string, CloneHolder & { clones: number }>();
  for (const holder of holders) {
    const key = `${holder.tenantId} ${holder.trustBoundary}`;
    counted.set(key, { ...holder, clones: (counted.get(key)?.clones ?? 0) + 1 });
  }
  return [...counted.values()];
}
