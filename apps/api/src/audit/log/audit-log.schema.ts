import { z } from 'zod';
import { queryInt } from '../../http/text.js';

/** As many tiles as a verifier reads at once: half a megabyte. */
export const TILES_MAX = 64;
/** The largest page of entries; a page also ends where it has grown to a few megabytes. */
export const ENTRIES_MAX = 5_000;
const ENTRIES_DEFAULT = 1_000;
const LEVEL_MAX = 6;
const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

const size = queryInt(1, NUMBER_MAX);
const hash = z.string().meta({ description: 'SHA-256, in base64.' });
const checkpoint = z.string().meta({
  description: 'The signed tree head in the C2SP tlog-checkpoint format, as it was stored.',
});
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const LEAF = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=';
const CHECKPOINT = `log.example/bulkhead\n3\n${ROOT}\n\n— log.example/bulkhead aPLoSoaMDZ4Y…=\n`;

export const TreeHeadQuery = z.strictObject({
  size: size.optional().meta({ description: 'Of exactly this size; the newest where left out.' }),
});

export const InclusionQuery = z.strictObject({
  position: size.meta({ description: 'Of the event; its leaf has index position - 1.' }),
  size: size.optional().meta({ description: 'Of a signed tree head; the newest by default.' }),
});

export const ConsistencyQuery = z.strictObject({
  from: size.meta({ description: 'Size of the older tree.' }),
  to: size.optional().meta({ description: 'Of the newer one; the newest tree head by default.' }),
});

export const TilesQuery = z.strictObject({
  level: queryInt(0, LEVEL_MAX).meta({ description: '0 holds leaf hashes.' }),
  index: queryInt(0, NUMBER_MAX).meta({ description: 'Of the first tile.' }),
  count: queryInt(1, TILES_MAX).default(1).meta({ description: 'How many, side by side.' }),
});

export const EntriesQuery = z.strictObject({
  afterPosition: queryInt(0, NUMBER_MAX)
    .optional()
    .meta({ description: 'From the very first row of the log where left out.' }),
  limit: queryInt(1, ENTRIES_MAX).default(ENTRIES_DEFAULT),
});

export const TreeHeadSchema = z
  .strictObject({
    origin: z.string().meta({ description: 'Names the log and its keys.' }),
    size: z.int().meta({ description: 'How many events it covers.' }),
    rootHash: hash,
    signedAt: z.string().meta({ description: 'For people: no signature covers it.' }),
    checkpoint,
    logSize: z.int().meta({
      description: 'How many events the log had when this was answered; heads trail it by seconds.',
    }),
  })
  .meta({
    id: 'TreeHead',
    examples: [
      {
        origin: 'log.example/bulkhead',
        size: 3,
        rootHash: ROOT,
        signedAt: '2026-11-21T10:42:00.000Z',
        checkpoint: CHECKPOINT,
        logSize: 5,
      },
    ],
  });
export type TreeHeadView = z.infer<typeof TreeHeadSchema>;

export const InclusionProofSchema = z
  .strictObject({
    leafIndex: z.int(),
    treeSize: z.int(),
    leafHash: hash.meta({ description: 'What the tree holds for the event. Compute it yourself.' }),
    hashes: z.array(hash).meta({ description: 'RFC 6962 audit path, from the leaf up.' }),
    rootHash: hash,
    checkpoint,
  })
  .meta({
    id: 'InclusionProof',
    examples: [
      {
        leafIndex: 2,
        treeSize: 3,
        leafHash: LEAF,
        hashes: ['xJ2XNm4ZcTkWRcdsjdUrnG5Cvyr+uEvPqnTLK4m0Jq8='],
        rootHash: ROOT,
        checkpoint: CHECKPOINT,
      },
    ],
  });
export type InclusionProofView = z.infer<typeof InclusionProofSchema>;

export const ConsistencyProofSchema = z
  .strictObject({
    fromSize: z.int(),
    toSize: z.int(),
    hashes: z.array(hash).meta({ description: 'RFC 6962 consistency proof.' }),
    fromRootHash: hash.meta({ description: 'Compare it with the head that you kept.' }),
    toRootHash: hash,
    checkpoint: checkpoint.nullable().meta({
      description: 'The signed tree head of size toSize; null where none of that size was signed.',
    }),
  })
  .meta({
    id: 'ConsistencyProof',
    examples: [
      {
        fromSize: 2,
        toSize: 3,
        hashes: [LEAF],
        fromRootHash: 'xJ2XNm4ZcTkWRcdsjdUrnG5Cvyr+uEvPqnTLK4m0Jq8=',
        toRootHash: ROOT,
        checkpoint: CHECKPOINT,
      },
    ],
  });
export type ConsistencyProofView = z.infer<typeof ConsistencyProofSchema>;

export const TilesSchema = z
  .strictObject({
    level: z.int(),
    index: z.int(),
    tiles: z.array(z.string().nullable()).meta({
      description:
        'C2SP tlog-tiles: up to 256 hashes each, as base64; null for one that is not there.',
    }),
  })
  .meta({ id: 'Tiles', examples: [{ level: 0, index: 0, tiles: [LEAF] }] });
export type TilesView = z.infer<typeof TilesSchema>;

export const VerifierKeysSchema = z
  .strictObject({
    keys: z.array(z.string()).meta({
      description: 'name+hash+base64 as C2SP signed-note has it; the current one first.',
    }),
  })
  .meta({
    id: 'VerifierKeys',
    examples: [
      { keys: ['log.example/bulkhead+68f2e84a+ASyJ4fKn2FQpyaQcBGU5Kl6XuxKpoMyo1Bk7kS6Jd5eB'] },
    ],
  });
export type VerifierKeysView = z.infer<typeof VerifierKeysSchema>;
