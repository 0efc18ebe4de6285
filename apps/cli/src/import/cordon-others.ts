import type { ImportSurroundings } from './import-surroundings.js';
import { readHosts } from './platform.js';

/**
 * Keeps the import's jobs to its own hosts: every other host that is open is cordoned until the function
 * that is returned opens it again.
 */
export async function cordonOthers(
  { operator, runId, step }: ImportSurroundings,
  own: ReadonlySet<string>,
): Promise<() => Promise<void>> {
  const others = (await readHosts(operator)).filter(
    ({ id, cordoned }) => !own.has(id) && !cordoned,
  );
  if (others.length === 0) return async () => undefined;
  step(`Cordoning ${others.length} other hosts until the end.`);
  const reason = `import ${runId} runs on its own hosts`;
  const act = (id: string, verb: 'cordon' | 'uncordon') =>
    operator.post(`/v1/hosts/${id}/${verb}`, { reason }, `${runId}-${verb}-${id}`);
  for (const { id } of others) await act(id, 'cordon');
  return async () => {
    for (const { id } of others) await act(id, 'uncordon');
  };
}
