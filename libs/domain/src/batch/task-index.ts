/** In command, arguments and values of variables, stands for the index of the task. */
export const INDEX_PLACEHOLDER = '{{index}}';
/** The variable that tells a task its index. */
export const INDEX_VARIABLE = 'BULKHEAD_TASK_INDEX';

/** What a tenant wrote of a task that no decision reads. */
export type TaskContent = Readonly<Record<string, unknown>> & {
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
};

/**
 * A task's content with its index filled in. The placeholder is longer than any index, so nothing outgrows
 * its bounds by it; a variable that the tenant has set itself stays.
 * @param told further variables that the task is told
 */
export function withIndex(
  content: TaskContent,
  index: number,
  told: Readonly<Record<string, string>> = {},
): TaskContent {
  const filled = (text: string) => text.replaceAll(INDEX_PLACEHOLDER, String(index));
  const { command, args, env = {} } = content;
  const variables = Object.entries(env).map(([name, value]) => [name, filled(value)] as const);
  // Windows does not tell names of variables apart by their case.
  const taken = new Set(variables.map(([name]) => name.toUpperCase()));
  const own = Object.entries({ [INDEX_VARIABLE]: String(index), ...told });
  const free = own.filter(([name]) => !taken.has(name));
  return {
    ...content,
    command: command?.map(filled),
    args: args?.map(filled),
    env: { ...Object.fromEntries(free), ...Object.fromEntries(variables) },
  };
}
