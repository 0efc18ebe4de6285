import { type Command, Option } from 'commander';
import { deliveryLines, type ShownDelivery } from '../output/webhook-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { named, routeOf } from './on-webhook.js';
import { askingAsTenant, newKey, type Shell, terminalOf } from './shell.js';

const OUTCOMES = ['waiting', 'delivered', 'given-up', 'dropped', 'left-out'];
const EXAMPLE_MESSAGE_ID = 'msg_5d41402abc4b2a76b9719d911017c592';

interface DeliveriesOptions extends SharedOptions, LimitOption {
  readonly outcome?: string;
}

export function testCommand(shell: Shell): Command {
  const command = named('test', 'send a test message, once; `deliveries` tells what came of it');
  return withConnection(command).action(async (id: string, options: SharedOptions) => {
    const { body } = await askingAsTenant(shell, options, (client) =>
      client.post(`${routeOf(id)}/test`, {}, newKey()),
    );
    const sent = body as { readonly messageId: string };
    terminalOf(shell, options).answer(sent, ({ messageId }) => [`${messageId} will be sent`]);
  });
}

export function deliveriesCommand(shell: Shell): Command {
  const command = named(
    'deliveries',
    'list its messages and what became of them, newest first',
    ' --outcome given-up',
  )
    .addOption(new Option('--outcome <outcome>', 'only these').choices(OUTCOMES))
    .option(...LIMIT_OPTION);
  return withConnection(command).action(async (id: string, options: DeliveriesOptions) => {
    const { outcome, limit } = options;
    const deliveries = await askingAsTenant(shell, options, (client) =>
      everyPage<ShownDelivery>(client, `${routeOf(id)}/deliveries`, { outcome }, limit),
    );
    terminalOf(shell, options).answer(deliveries, (shown, colors) =>
      deliveryLines(shown, colors, outcome),
    );
  });
}

export function resendCommand(shell: Shell): Command {
  const command = named(
    'resend',
    'send a message again that was accepted, given up or dropped, under the same id',
    ` ${EXAMPLE_MESSAGE_ID}`,
  ).argument('<message>', 'id of the message, as `deliveries` lists it', idOf('msg'));
  return withConnection(command).action(
    async (id: string, message: string, options: SharedOptions) => {
      const route = `${routeOf(id)}/deliveries/${encodeURIComponent(message)}/resend`;
      const { body } = await askingAsTenant(shell, options, (client) =>
        client.post(route, {}, newKey()),
      );
      terminalOf(shell, options).answer(body, () => [`${message} will be sent again`]);
    },
  );
}
