/** One bug: a text that stands exactly once in a source file, and what stands there instead. */
export interface Edit {
  /** From `libs/domain/src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  /** What the system would do wrong, as an auditor would say it. */
  readonly bug: string;
  readonly edits: readonly Edit[];
}

export function plant(bug: string, file: string, find: string, replace: string): Mutation {
  return { bug, edits: [{ file, find, replace }] };
}

/**
 * The source with the bug in it.
 * @throws Error where the text does not stand there exactly once: the source has changed, and so must the edit
 */
export function mutated(source: string, { file, find, replace }: Edit): string {
  const times = source.split(find).length - 1;
  if (times !== 1) {
    throw new Error(
      `${file} holds this ${times} times and not once, so the bug cannot be planted:\n${find}`,
    );
  }
  return source.replace(find, () => replace);
}
