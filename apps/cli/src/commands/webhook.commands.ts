import { Command } from 'commander';
import { type ShownWebhook, webhookLines, webhookListLines } from '../output/webhook-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { mindingUrl, named, ROUTE, routeOf } from './on-webhook.js';
import { atLeast, filled } from './option-parsers.js';
import { askingAsTenant, clientOf, newKey, type Shell, terminalOf } from './shell.js';
import { deliveriesCommand, resendCommand, testCommand } from './webhook-messages.commands.js';

const OVERLAP_SECONDS_MAX = 604_800;
/** Whoever gave `--url` for the new address would show a receiver the secret of the client. */
const NOTHING_TO_CHANGE =
  'error: say what is to change: --to, --type or both; --url says where the api listens';

interface WantedOptions extends SharedOptions {
  readonly to?: string;
  readonly type?: readonly string[];
}

/** `bulkhead webhook create|list|show|change|rotate-secret|disable|enable|delete|test|deliveries|resend` */
export function webhookCommand(shell: Shell): Command {
  return new Command('webhook')
    .description('be told by HTTP when your workloads and batches end')
    .addCommand(createCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(changeCommand(shell))
    .addCommand(rotateCommand(shell))
    .addCommand(
      switchCommand(
        shell,
        'disable',
        'have nothing sent for now: what waits is dropped, ends are not told',
      ),
    )
    .addCommand(
      switchCommand(shell, 'enable', 'have a disabled webhook go on with what ends from now on'),
    )
    .addCommand(deleteCommand(shell))
    .addCommand(testCommand(shell))
    .addCommand(deliveriesCommand(shell))
    .addCommand(resendCommand(shell));
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
      const created = await mindingUrl(options, 'the argument', async () =>
        clientOf(shell, options).post(ROUTE, wanted({ ...options, to: url }), key),
      );
      answer(shell, options, created.body as ShownWebhook);
    },
  );
}

function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .description('list your webhooks, newest first')
    .option(...LIMIT_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead webhook list');
  return withConnection(command).action(async (options: SharedOptions & LimitOption) => {
    const webhooks = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownWebhook>(client, ROUTE, {}, options.limit),
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
    const changes = wanted(options);
    if (Object.keys(changes).length === 0) command.error(NOTHING_TO_CHANGE);
    const { body } = await mindingUrl(options, '--to', () =>
      askingAsTenant(shell, options, (client) => client.patch(routeOf(id), changes)),
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

function switchCommand(shell: Shell, act: 'disable' | 'enable', description: string): Command {
  return withConnection(named(act, description)).action(
    async (id: string, options: SharedOptions) => {
      const switched = await askingAsTenant(shell, options, (client) =>
        client.post(`${routeOf(id)}/${act}`, {}, newKey()),
      );
      answer(shell, options, switched.body as ShownWebhook);
    },
  );
}

function deleteCommand(shell: Shell): Command {
  const command = named('delete', 'delete a webhook, its secrets and its deliveries');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    await askingAsTenant(shell, options, (client) => client.delete(routeOf(id)));
    terminalOf(shell, options).answer({ id, deleted: true }, () => [`${id} is deleted`]);
  });
}

function wanted({ to, type }: Pick<WantedOptions, 'to' | 'type'>) {
  return {
    ...(to === undefined ? {} : { url: to }),
    ...(type === undefined ? {} : { messageTypes: type }),
  };
}

function answer(shell: Shell, options: SharedOptions, webhook: ShownWebhook): void {
  terminalOf(shell, options).answer(webhook, webhookLines);
}
