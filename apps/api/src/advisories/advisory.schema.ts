import {
  ADVISORY_BUILDS_MAX,
  type AdvisoryState,
  type AffectedBuild,
  isOpenAt,
  type TimeMs,
} from '@bulkhead/domain';
import { z } from 'zod';
import { name, reason, text, time } from '../http/text.js';
import { timeText } from '../sources.js';

const BUILD_MAX = 999_999;

const affectedBuild = z
  .strictObject({
    build: z.int().min(1).max(BUILD_MAX),
    fixedRevision: z.int().min(0).max(BUILD_MAX).nullable().default(null).meta({
      description:
        'Hosts of this build are affected below it, and all of them where no fix is known.',
    }),
  })
  .meta({ id: 'AffectedBuild' });

const facts = {
  title: name(200),
  reference: text(500).meta({ description: 'As its publisher names it.' }),
  wall: z.enum(['shared-kernel', 'hypervisor', 'image-import']).meta({
    description:
      'What is broken: the kernel that silos share, the hypervisor behind utility VMs, or the unpacking of images.',
  }),
  os: z.literal('windows').meta({ description: 'Of the hosts, which all run Windows.' }),
};

const builds = z.array(affectedBuild).min(1).max(ADVISORY_BUILDS_MAX);

const example = {
  title: 'Elevation of privilege in the container isolation filter driver',
  reference: 'CVE-2026-70270',
  wall: 'shared-kernel',
  os: 'windows',
  builds: [
    { build: 20348, fixedRevision: 2700 },
    { build: 17763, fixedRevision: null },
  ],
} as const;

export const AdvisoryPublication = z
  .strictObject({
    ...facts,
    os: facts.os.default('windows'),
    builds,
    from: time.optional().meta({
      description:
        'Since when the wall may have been broken; the publication where it is left out.',
    }),
    until: time.optional().meta({
      description: 'When the advisory ends by itself; left out, it stands until it is withdrawn.',
    }),
  })
  .meta({
    id: 'AdvisoryPublication',
    examples: [{ ...example, from: '2026-10-14T00:00:00.000Z' }],
  });
export type AdvisoryPublicationBody = z.infer<typeof AdvisoryPublication>;

export const AdvisoryWithdrawal = z
  .strictObject({ reason })
  .meta({ id: 'AdvisoryWithdrawal', examples: [{ reason: 'every host is patched' }] });
export type AdvisoryWithdrawalBody = z.infer<typeof AdvisoryWithdrawal>;

export const AdvisorySchema = z
  .strictObject({
    id: z.string(),
    ...facts,
    builds,
    status: z.enum(['open', 'over', 'withdrawn']).meta({
      description: 'over: its window has ended by itself.',
    }),
    window: z.strictObject({ from: z.string(), until: z.string().nullable() }),
    publishedAt: z.string(),
    withdrawal: z.strictObject({ at: z.string(), reason: z.string() }).nullable(),
  })
  .meta({
    id: 'Advisory',
    examples: [
      {
        id: 'adv_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        ...example,
        status: 'open',
        window: { from: '2026-10-14T00:00:00.000Z', until: null },
        publishedAt: '2026-10-14T17:05:00.000Z',
        withdrawal: null,
      },
    ],
  });
export type AdvisoryView = z.infer<typeof AdvisorySchema>;

export function advisoryView(
  { published, publishedAtMs, withdrawal }: AdvisoryState,
  nowMs: TimeMs,
): AdvisoryView {
  if (published === null) throw new Error('there is no such advisory');
  const { advisoryId: id, window, builds: affected, ...told } = published;
  const open = isOpenAt(published, nowMs) ? 'open' : 'over';
  return {
    id,
    ...told,
    builds: affected.map((one: AffectedBuild) => ({ ...one })),
    status: withdrawal === null ? open : 'withdrawn',
    window: {
      from: timeText(window.fromMs),
      until: window.untilMs === null ? null : timeText(window.untilMs),
    },
    publishedAt: timeText(publishedAtMs),
    withdrawal:
      withdrawal === null ? null : { at: timeText(withdrawal.atMs), reason: withdrawal.reason },
  };
}
