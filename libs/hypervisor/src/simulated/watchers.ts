import { type ComputeSystemNotice, DriverError } from '../driver.js';

export interface Watcher {
  notice(notice: ComputeSystemNotice): void;
  /** Nothing more will come: the host went down. */
  closed(reason: string): void;
}

/** A host is watched by its worker, by its successor during a takeover, and by curious operators. */
const MAX_WATCHERS = 64;

/** Who is told of every change on one host. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  /** The answer ends it. */
  add(watcher: Watcher): () => void {
    if (this.#watchers.size >= MAX_WATCHERS) {
      throw new DriverError('INSUFFICIENT_RESOURCES', `more than ${MAX_WATCHERS} watchers`);
    }
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  tell(notice: ComputeSystemNotice): void {
    for (const watcher of this.#watchers) watcher.notice(notice);
  }

  closeAll(reason: string): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.closed(reason);
  }
}
