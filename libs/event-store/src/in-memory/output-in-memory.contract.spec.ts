import { describeOutputStore } from '../output/output-store.contract.js';
import { OutputInMemory } from './output-in-memory.js';

describeOutputStore('in memory', () => {
  const store = new OutputInMemory();
  return { store, chunksOf: async (id) => store.chunksOf(id) };
});
