import { Command } from 'commander';
import { imageLines, type ShownImage } from '../output/image-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { jsonOf } from './json-file.js';
import { filled } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/images';

/** `bulkhead image list|register|revoke` */
export function imageCommand(shell: Shell): Command {
  return new Command('image')
    .description('the catalogue: which images the rules know, and which nothing may run any more')
    .addCommand(listCommand(shell))
    .addCommand(registerCommand(shell))
    .addCommand(revokeCommand(shell));
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list the images of the catalogue')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead image list');
  return withConnection(command, true).action(async (options: SharedOptions & LimitOption) => {
    const client = platformClientOf(shell, options, 'operator');
    const images = await everyPage<ShownImage>(client, ROUTE, {}, options.limit);
    terminalOf(shell, options).answer(images, imageLines);
  });
}

function registerCommand(shell: Shell): Command {
  const command = new Command('register')
    .description('put an image into the catalogue; the same facts again change nothing')
    .argument('<file>', 'JSON as POST /v1/images takes it', filled)
    .addHelpText('after', '\nExample:\n  bulkhead image register reports.json');
  return withConnection(command, true).action(async (path: string, options: SharedOptions) => {
    const body = await jsonOf(path);
    const client = platformClientOf(shell, options, 'operator');
    const image = (await client.post(ROUTE, body, newKey())).body as ShownImage;
    terminalOf(shell, options).answer(image, (shown, colors) => imageLines([shown], colors));
  });
}

function revokeCommand(shell: Shell): Command {
  const command = new Command('revoke')
    .description('let nothing new run an image, for good; what holds a place goes on')
    .argument('<id>', 'as `image list` shows it', idOf('img'))
    .requiredOption('--reason <text>', 'why; it is recorded in the log with who said so')
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead image revoke img_… --reason "holds a stolen key"',
    );
  return withConnection(command, true).action(
    async (id: string, { reason, ...options }: SharedOptions & { readonly reason: string }) => {
      const route = `${ROUTE}/${encodeURIComponent(id)}/revoke`;
      const client = platformClientOf(shell, options, 'operator');
      const image = (await client.post(route, { reason }, newKey())).body as ShownImage;
      terminalOf(shell, options).answer(image, (shown, colors) => imageLines([shown], colors));
    },
  );
}
