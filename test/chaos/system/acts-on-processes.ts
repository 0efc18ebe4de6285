import { type Act, oneOf, type Scene } from './act.js';
import type { Program } from './program.js';

const killed =
  (choose: (scene: Scene, nr: number) => Program): Act['run'] =>
  async (scene, lastsMs, nr) => {
    const program = choose(scene, nr);
    if (scene.keptDown.has(program)) return false;
    scene.keptDown.add(program);
    const wasUp = await program.kill();
    await scene.pause(lastsMs);
    scene.keptDown.delete(program);
    return wasUp;
  };

const paused =
  (choose: (scene: Scene, nr: number) => Program): Act['run'] =>
  async (scene, lastsMs, nr) => {
    const program = choose(scene, nr);
    if (program.paused || !program.runs) return false;
    program.pause();
    await scene.pause(lastsMs);
    program.resume();
    return true;
  };

const replaced =
  (choose: (scene: Scene, nr: number) => Program): Act['run'] =>
  async (scene, _lastsMs, nr) => {
    const program = choose(scene, nr);
    if (scene.keptDown.has(program) || program.paused || !program.runs) return false;
    await program.stop();
    return true;
  };

const worker = ({ all }: Scene, nr: number) => oneOf(all.workers, nr);
const api = ({ all }: Scene, nr: number) => oneOf(all.apis, nr);
const hosts = ({ all }: Scene) => all.hosts;

/** Longer than a lease of the worker's, so that somebody else has taken over when it goes on. */
const PAST_LEASE = { min: 500, max: 6_000 };

export const actsOnProcesses: readonly Act[] = [
  { name: 'kill a worker', weight: 5, lastsMs: { min: 0, max: 4_000 }, run: killed(worker) },
  { name: 'kill an api', weight: 3, lastsMs: { min: 0, max: 3_000 }, run: killed(api) },
  { name: 'kill the hosts', weight: 1, lastsMs: { min: 0, max: 1_500 }, run: killed(hosts) },
  { name: 'pause a worker', weight: 5, lastsMs: PAST_LEASE, run: paused(worker) },
  { name: 'pause an api', weight: 2, lastsMs: { min: 200, max: 4_000 }, run: paused(api) },
  { name: 'pause the hosts', weight: 1, lastsMs: { min: 200, max: 5_000 }, run: paused(hosts) },
  { name: 'replace a worker', weight: 2, lastsMs: { min: 0, max: 0 }, run: replaced(worker) },
  { name: 'replace an api', weight: 2, lastsMs: { min: 0, max: 0 }, run: replaced(api) },
  {
    name: 'pause every worker',
    weight: 1,
    lastsMs: PAST_LEASE,
    run: async (scene, lastsMs) => {
      const pause = paused(worker);
      const pauses = scene.all.workers.map((_, nr) => pause(scene, lastsMs, nr));
      return (await Promise.all(pauses)).every(Boolean);
    },
  },
];
