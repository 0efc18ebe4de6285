import { Command } from 'commander';

export const WHERE_OPTIONS_END = `
Options stand before or behind the image, but before the first word of the command: from there on everything belongs to
the command, also what looks like an option of Bulkhead. -- ends the options too.
`;

/**
 * A command of an image and of a workload's own command, whose options are the workload's and never Bulkhead's. As far as
 * commander goes, options end at the first word that is none; here this is the image, behind which they may go on.
 */
export class SubmissionCommand extends Command {
  /** What in the workload's command Bulkhead has an option of as well, where nobody wrote `--`. */
  #namesakes: readonly string[] = [];

  constructor(name: string) {
    super(name);
    this.passThroughOptions().hook('preAction', () => this.#tellOfNamesakes());
  }

  override parseOptions(words: string[]): { operands: string[]; unknown: string[] } {
    const { operands, unknown } = super.parseOptions(words);
    const [image, ...rest] = operands;
    if (image === undefined || isLiteral(words, operands)) return { operands, unknown };
    const behind = super.parseOptions(rest);
    if (!isLiteral(rest, behind.operands)) {
      this.#namesakes = behind.operands.filter((word) => this.#hasOption(word));
    }
    return { operands: [image, ...behind.operands], unknown: [...unknown, ...behind.unknown] };
  }

  #hasOption(word: string): boolean {
    const [flag = ''] = word.split('=');
    return this.options.some(({ long, short }) => flag === long || flag === short);
  }

  /** Whoever meant Bulkhead must not have to find out from what the workload does. */
  #tellOfNamesakes(): void {
    if (this.#namesakes.length === 0) return;
    const named = [...new Set(this.#namesakes)].join(', ');
    this.configureOutput().writeErr?.(
      `${named}: taken as of the workload's command; options of Bulkhead stand before its first word, and -- there leaves this out\n`,
    );
  }
}

/** Whether operands are what stands behind `--`. */
function isLiteral(words: readonly string[], operands: readonly string[]): boolean {
  return operands.length > 0 && words[words.length - operands.length - 1] === '--';
}
