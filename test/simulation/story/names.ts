const words: Readonly<Record<string, string>> = {
  ten: 'tenant',
  wl: 'workload',
  bat: 'batch',
  host: 'host',
  ki: 'kernel',
  cs: 'system',
  img: 'image',
  adv: 'advisory',
  inc: 'incident',
};
const ID = /\b(ten|wl|bat|host|ki|cs|img|adv|inc)_[0-9a-f]{32}\b/g;

/** Short names for ids, numbered as they come up, so that a person can tell them apart. */
export class Names {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  in(line: string): string {
    return line.replace(ID, (id, kind: string) => this.names.get(id) ?? this.name(id, kind));
  }

  private name(id: string, kind: string): string {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const name = `${words[kind] ?? kind}-${count}`;
    this.names.set(id, name);
    return name;
  }
}
