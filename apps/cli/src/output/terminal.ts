import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { safeLines, safeValue } from './safe-text.js';

export type Colors = ReturnType<typeof pc.createColors>;

/** The streams of a command: answers on the first, everything else on the second. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** A bar with changing figures beside it. */
export interface Bar {
  show(done: number, total: number, figures: Readonly<Record<string, number | string>>): void;
  stop(): void;
}

/** Where a command speaks. Colours and bars appear on terminals only; `--json` keeps to one object. */
export class Terminal {
  readonly colors: Colors;

  constructor(
    private readonly streams: Streams,
    readonly isJson: boolean,
    noColor: boolean,
  ) {
    this.colors = pc.createColors(streams.stdout.isTTY === true && !noColor);
  }

  /** Columns of the terminal; elsewhere lines may be as long as they are. */
  get width(): number {
    const { isTTY, columns } = this.streams.stdout;
    return isTTY === true && columns > 0 ? columns : Number.POSITIVE_INFINITY;
  }

  /** For a person; left out with `--json`. */
  say(...lines: readonly string[]): void {
    if (!this.isJson) for (const line of lines) this.streams.stdout.write(`${line}\n`);
  }

  /** The answer, for a person or for a program. Lines are made of what a terminal may show of it. */
  answer<Value>(value: Value, lines: (shown: Value, colors: Colors) => readonly string[]): void {
    if (this.isJson) this.streams.stdout.write(`${JSON.stringify(value)}\n`);
    else this.say(...lines(this.shown(value), this.colors));
  }

  /**
   * Without what could move a terminal's cursor: names and reasons are others' words, and what goes to a
   * file or another program is looked at later. `--json` escapes it and loses nothing.
   */
  shown<Value>(value: Value): Value {
    return safeValue(value);
  }

  warn(line: string): void {
    warnOn(this.streams, line);
  }

  /** Whether a bar would be seen. */
  get hasBars(): boolean {
    return this.streams.stderr.isTTY === true && !this.isJson;
  }

  /** A bar on a terminal; elsewhere, and with `--json`, nothing. */
  bar(format: string): Bar {
    const { stderr } = this.streams;
    if (!this.hasBars) return { show: () => undefined, stop: () => undefined };
    const options = { format, stream: stderr, hideCursor: true, clearOnComplete: true };
    const bars = new MultiBar(options, Presets.shades_classic);
    let bar: SingleBar | null = null;
    return {
      show: (done, total, figures) => {
        bar ??= bars.create(total, 0, { ...figures });
        // What is to be done may grow meanwhile.
        bar.setTotal(total);
        bar.update(done, { ...figures });
      },
      stop: () => bars.stop(),
    };
  }
}

/** Says something beside the answer; refusals and causes may hold words of others. */
export function warnOn({ stderr }: Pick<Streams, 'stderr'>, line: string): void {
  stderr.write(`${safeLines(line)}\n`);
}
