import { describe, expect, it } from 'vitest';
import type { Generation, GenerationState } from './generations.js';
import { rebuildStep } from './rebuild.js';

const of = (state: GenerationState, version: number, request = 0): Generation => ({
  generation: version * 10 + request,
  projection: 'workloads',
  version,
  request,
  state,
  targetPosition: 0,
  begunAtMs: 0,
  liveSinceMs: null,
  position: 0,
});
const live = (version: number, request = 0) => of('live', version, request);
const building = (version: number, request = 0) => of('building', version, request);

describe('a process that keeps read models', () => {
  it('leaves rows alone that its own version made and that nobody wants anew', () => {
    expect(rebuildStep([live(1)], { version: 1, request: 0 })).toBe('nothing');
    expect(rebuildStep([of('retired', 1), live(2, 3)], { version: 2, request: 3 })).toBe('nothing');
  });

  it('makes rows where there are none', () => {
    expect(rebuildStep([], { version: 1, request: 0 })).toBe('begin');
    expect(rebuildStep([of('retired', 1)], { version: 1, request: 0 })).toBe('begin');
  });

  it('rebuilds what an older version made or is making, once', () => {
    expect(rebuildStep([live(1)], { version: 2, request: 0 })).toBe('begin');
    expect(rebuildStep([live(1), building(2)], { version: 3, request: 0 })).toBe('begin');
    expect(rebuildStep([live(1), building(2)], { version: 2, request: 0 })).toBe('nothing');
  });

  it('rebuilds what operators want anew, and lets a rebuild under way answer later wishes', () => {
    expect(rebuildStep([live(1)], { version: 1, request: 1 })).toBe('begin');
    expect(rebuildStep([live(1), building(1, 1)], { version: 1, request: 1 })).toBe('nothing');
    expect(rebuildStep([live(1), building(1, 1)], { version: 1, request: 2 })).toBe('join');
  });

  it('never rebuilds what a newer version made or is making, whoever wants it', () => {
    for (const request of [0, 1]) {
      const older = { version: 1, request };
      expect(rebuildStep([live(2)], older)).toBe('leave-to-newer');
      expect(rebuildStep([live(1), building(2)], older)).toBe('leave-to-newer');
    }
  });
});
