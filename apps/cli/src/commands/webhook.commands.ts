import { Command } from 'commander';
import {
  deliveryLines,
  type ShownDelivery,
  type ShownWebhook,
  webhookLines,
  webhookListLines,
} from '../output/webhook-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { everyPage } from './every-page.js';
import { atLeast, filled } from './option-parsers.js';
import { askingAsTenant, clientOf, newKey, type Shell, terminalOf } from './shell.js';

const ROUTE = '/v1/webhooks';
const EXAMPLE_ID = 'whk_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
const OVERLAP_SECONDS_MAX = 604_800;

interface WantedOptions extends SharedOptions {
  readonly to?: string;
  readonly type?: readonly string[];
}

/** `bulkhead webhook create|list|show|change|rotate-secret|enable|delete|test|deliveries` */
export function webhookCommand(shell: Shell): Command {
  return new Command('webhook')
    .description('be told by HTTP when your workloads and batches end')
    .addCommand(createCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(changeCommand(shell))
    .addCommand(rotateCommand(shell))
    .addCommand(enableCommand(shell))
    .addCommand(deleteCommand(shell))
    .addCommand(testCommand(shell))
    .addCommand(deliveriesCommand(shell));
}

function createCommand(shell: Shell): Command {
  const command = new Command('create')
    .description('create a webhook; its secret is shown this once')
    .argument('<url>', 'where messages are sent to', filled)
    .option('--type <type...>', 'only these, such as batch.failed; all that there are without it')
    .option('--idempotency-key <key>', 'the same key never creates two')
    .addHelpText('after', '\nExample:\n  bulkhead webhook create https://hooks.example/bulkhead');
  return withConnection(command).action(
    async (url: string, options: WantedOptions & { readonly idempotencyKey?: string }) => {
      const key = options.idempotencyKey ?? newKey();
      const created = await clientOf(shell, options).post(
        ROUTE,
        wanted({ ...options, to: url }),
        key,
      );
      answer(shell, options, created.body as ShownWebhook);
    },
  );
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list your webhooks, newest first')
    .addHelpText('after', '\nExample:\n  bulkhead webhook list');
  return withConnection(command).action(async (options: SharedOptions) => {
    const webhooks = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownWebhook>(client, ROUTE, {}),
    );
    terminalOf(shell, options).answer(webhooks, webhookListLines);
  });
}

function showCommand(shell: Shell): Command {
  const command = named('show', 'show a webhook: where to, of what, and why it is disabled');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) => client.get(routeOf(id)));
    answer(shell, options, body as ShownWebhook);
  });
}

function changeCommand(shell: Shell): Command {
  const command = named(
    'change',
    'change a webhook; what is left out stays',
    ' --type batch.failed',
  )
    .option('--to <url>', 'where messages are sent to from now on')
    .option('--type <type...>', 'of what it is told from now on');
  return withConnection(command).action(async (id: string, options: WantedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) =>
      client.patch(routeOf(id), wanted(options)),
    );
    answer(shell, options, body as ShownWebhook);
  });
}

function rotateCommand(shell: Shell): Command {
  const command = named(
    'rotate-secret',
    'draw a new secret, shown this once; asked again it draws another',
    ' --overlap-seconds 0',
  ).option(
    '--overlap-seconds <seconds>',
    'how long earlier secrets sign as well: a day without it, 0 where others know them',
    atLeast(0, OVERLAP_SECONDS_MAX),
  );
  return withConnection(command).action(
    async (id: string, options: SharedOptions & { readonly overlapSeconds?: number }) => {
      const { overlapSeconds } = options;
      const body = overlapSeconds === undefined ? {} : { overlapSeconds };
      const rotated = await askingAsTenant(shell, options, (client) =>
        client.post(`${routeOf(id)}/rotate-secret`, body, newKey()),
      );
      answer(shell, options, rotated.body as ShownWebhook);
    },
  );
}

function enableCommand(shell: Shell): Command {
  const command = named('enable', 'have a disabled webhook go on with what ends from now on');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const enabled = await askingAsTenant(shell, options, (client) =>
      client.post(`${routeOf(id)}/enable`, {}, newKey()),
    );
    answer(shell, options, enabled.body as ShownWebhook);
  });
}

function deleteCommand(shell: Shell): Command {
  const command = named('delete', 'delete a webhook, its secrets and its deliveries');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    await askingAsTenant(shell, options, (client) => client.delete(routeOf(id)));
    terminalOf(shell, options).answer({ id, deleted: true }, () => [`${id} is deleted`]);
  });
}

function testCommand(shell: Shell): Command {
  const command = named('test', 'send a test message, once; `deliveries` tells what came of it');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) =>
      client.post(`${routeOf(id)}/test`, {}, newKey()),
    );
    const sent = body as { readonly messageId: string };
    terminalOf(shell, options).answer(sent, ({ messageId }) => [`${messageId} will be sent`]);
  });
}

function deliveriesCommand(shell: Shell): Command {
  const command = named('deliveries', 'list its messages and what became of them, newest first');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const deliveries = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownDelivery>(client, `${routeOf(id)}/deliveries`, {}),
    );
    terminalOf(shell, options).answer(deliveries, deliveryLines);
  });
}

/** A command on one webhook. */
function named(name: string, description: string, exampleOptions = ''): Command {
  return new Command(name)
    .description(description)
    .argument('<webhook>', 'id of a webhook')
    .addHelpText('after', `\nExample:\n  bulkhead webhook ${name} ${EXAMPLE_ID}${exampleOptions}`);
}

const routeOf = (id: string) => `${ROUTE}/${encodeURIComponent(id)}`;

function wanted({ to, type }: Pick<WantedOptions, 'to' | 'type'>) {
  return {
    ...(to === undefined ? {} : { url: to }),
    ...(type === undefined ? {} : { messageTypes: type }),
  };
}

function answer(shell: Shell, options: SharedOptions, webhook: ShownWebhook): void {
  terminalOf(shell, options).answer(webhook, webhookLines);
}
