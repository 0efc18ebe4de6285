import { Command } from 'commander';

export const ROUTE = '/v1/webhooks';
const EXAMPLE_ID = 'whk_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';

/** A command on one webhook. */
export function named(name: string, description: string, exampleOptions = ''): Command {
  return new Command(name)
    .description(description)
    .argument('<webhook>', 'id of a webhook')
    .addHelpText('after', `\nExample:\n  bulkhead webhook ${name} ${EXAMPLE_ID}${exampleOptions}`);
}

export const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;
