import { UnknownStoredEvent } from '@bulkhead/event-store';

/**
 * Remembers which readers of this process stand before an event that only a newer version knows. While
 * there is one, the process stands back: whatever it did would be decided without knowing all that the
 * log says, so it leaves that to a newer process and looks again now and then.
 */
export class NewerEvents {
  private readonly met = new Map<string, UnknownStoredEvent>();
  private readonly watchers: (() => void)[] = [];

  get standsBack(): boolean {
    return this.met.size > 0;
  }

  /** What was met, a sentence for each reader. */
  get sentences(): readonly string[] {
    return [...this.met].map(([reader, { message }]) => `${reader} waits: ${message}`);
  }

  /** Called when the process begins to stand back, and when it no longer does. */
  onChange(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  /** Carries out a reading for the reader of this name, and notes how it ended. */
  async reading<T>(reader: string, read: () => Promise<T>): Promise<T> {
    try {
      const result = await read();
      this.change(() => this.met.delete(reader));
      return result;
    } catch (error) {
      if (error instanceof UnknownStoredEvent) this.change(() => this.met.set(reader, error));
      throw error;
    }
  }

  private change(change: () => void): void {
    const before = this.standsBack;
    change();
    if (this.standsBack !== before) for (const watcher of this.watchers) watcher();
  }
}
