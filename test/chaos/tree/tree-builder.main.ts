import { Leases, LogListener, openPool, openReadModels, TreeBuilder } from '@bulkhead/event-store';
import { noteSigner, parseVerifierKeys } from '@bulkhead/event-store/proof';

export interface TreeBuilderOrder {
  readonly url: string;
  readonly owner: string;
  readonly origin: string;
  readonly keyPem: string;
  readonly verifierKeys: string;
  readonly headFolder: string;
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const TRY_AGAIN_MS = 100;

/** Builds the tree, or stands by, until it is killed or its parent is gone. */
async function main(order: TreeBuilderOrder): Promise<void> {
  const { url, owner, origin, keyPem, verifierKeys, headFolder } = order;
  process.once('disconnect', () => process.exit(0));
  const pool = openPool({ url, applicationName: 'tree-chaos' });
  const dataSource = await openReadModels({ url, applicationName: 'tree-chaos-read' });
  const listener = new LogListener(url);
  listener.start();
  const builder = new TreeBuilder({
    pool,
    dataSource,
    leases: new Leases({ pool, owner }),
    listener,
    logger: silent,
    clock: () => Date.now(),
    steadyClock: () => performance.now(),
    signer: noteSigner(origin, keyPem),
    verifiers: () => parseVerifierKeys(verifierKeys),
    headFolder,
    batchLimit: 50,
    times: { headIntervalMs: 20, quietMs: 100, batchPauseMs: 1 },
  });
  process.send?.('begins');
  for (;;) {
    await builder.run(new AbortController().signal).catch((error: unknown) => {
      // A refusal is what this looks for; a lost connection is tried again, as in a worker.
      if (builder.stopped !== null) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

main(JSON.parse(process.argv[2] ?? '') as TreeBuilderOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
