import { Command } from 'commander';
import { CredentialsProblem } from '../credentials/credentials-file.js';
import { ForeignAddress } from '../credentials/own-address.js';
import { BadTokenAnswer } from '../http/token-source.js';
import type { SharedOptions } from './connection-options.js';
import { idOf } from './id-argument.js';

export const ROUTE = '/v1/webhooks';
const EXAMPLE_ID = 'whk_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';

/** A command on one webhook. */
export function named(name: string, description: string, exampleOptions = ''): Command {
  return new Command(name)
    .description(description)
    .argument('<webhook>', 'id of a webhook', idOf('whk'))
    .addHelpText('after', `\nExample:\n  bulkhead webhook ${name} ${EXAMPLE_ID}${exampleOptions}`);
}

export const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

/**
 * Does what was asked of webhooks. Where `--url` was taken for the webhook's own address, says where that one goes.
 * @throws CredentialsProblem with that remark, and whatever the act throws
 */
export async function mindingUrl<Answer>(
  { url }: SharedOptions,
  where: string,
  act: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    const isNoApi = error instanceof ForeignAddress || error instanceof BadTokenAnswer;
    if (!isNoApi || url === undefined) throw error;
    throw new CredentialsProblem(
      `${error.message}\n--url says where the api listens; where messages are sent to is ${where}`,
    );
  }
}
