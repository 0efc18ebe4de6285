export { HEAD_HISTORY_FILE, HeadFiles, LATEST_HEAD_FILE } from './head-files.js';
export {
  type RawPage,
  type RawReadOptions,
  readRawEntries,
  readRawPage,
} from './read-raw-entries.js';
export { type StoredHead, StoredTree, TREE_CONSUMER, type TreeStatus } from './stored-tree.js';
export { TreeBuilder } from './tree-builder.js';
export { TREE_TIMES, type TreeBuilderOptions, type TreeTimes } from './tree-options.js';
export { TreeStopped } from './tree-stopped.js';
