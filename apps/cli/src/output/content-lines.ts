/** What a tenant gave a workload beside what decisions read. */
export interface ShownContent {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

const PLAIN_WORD = /^[^\s"'\\]+$/;

/** For a person, who may look over another's shoulder: names of variables, but not what they hold. */
export function contentLines({ command, args, env, labels }: ShownContent): string[] {
  const told = (title: string, words: readonly string[], between: string) =>
    words.length === 0 ? [] : [`  ${title.padEnd(10)} ${words.join(between)}`];
  return [
    ...told('command', command.map(quoted), ' '),
    ...told('args', args.map(quoted), ' '),
    ...told('env', Object.keys(env), ', '),
    ...told(
      'labels',
      Object.entries(labels).map(([name, value]) => `${name}=${value}`),
      ', ',
    ),
  ];
}

/** So that one word with a space in it is not taken for two. */
function quoted(word: string): string {
  return PLAIN_WORD.test(word) ? word : JSON.stringify(word);
}
