import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';
import { imageLines, type ShownImage } from '../output/image-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { filled } from './option-parsers.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/images';
const PAGE = 200;
/** Of 200 images each: far more than a catalogue has. */
const PAGES_MAX = 1_000;

/** The file that describes an image cannot be read, or is not JSON. */
export class UnreadableImageFile extends Error {
  override readonly name = 'UnreadableImageFile';
}

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
    .addHelpText('after', '\nExample:\n  bulkhead image list');
  return withConnection(command, true).action(async (options: SharedOptions) => {
    const images = await imagesOf(platformClientOf(shell, options, 'operator'));
    terminalOf(shell, options).answer(images, (colors) => imageLines(images, colors));
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
    terminalOf(shell, options).answer(image, (colors) => imageLines([image], colors));
  });
}

function revokeCommand(shell: Shell): Command {
  const command = new Command('revoke')
    .description('let nothing new run an image, for good; what holds a place goes on')
    .argument('<id>', 'as `image list` shows it')
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
      terminalOf(shell, options).answer(image, (colors) => imageLines([image], colors));
    },
  );
}

/** @throws UnreadableImageFile */
async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === undefined ? 'is not JSON' : `cannot be read (${code})`;
    throw new UnreadableImageFile(`${path} ${why}`);
  }
}

/** @throws BadAnswer where the api does not answer with pages */
async function imagesOf(client: ApiClient): Promise<readonly ShownImage[]> {
  const images: ShownImage[] = [];
  let after = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { body } = await client.get(`${ROUTE}?limit=${PAGE}${after}`);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${ROUTE} answered no list`);
    }
    images.push(...(body['items'] as ShownImage[]));
    if (typeof body['nextCursor'] !== 'string') break;
    after = `&cursor=${encodeURIComponent(body['nextCursor'])}`;
  }
  return images;
}
