import type { TrustLevel } from '@bulkhead/domain';
import type { HostileChoice } from './hostile-choice.js';
import type { SurveyedUser } from './survey.js';
import { fractionOf } from './user-hash.js';

/** The tenant that a user's jobs are submitted by. */
export interface PlannedTenant {
  readonly user: number | null;
  readonly name: string;
  readonly trust: TrustLevel;
  /** The named boundary that it shares; null for its own. */
  readonly boundaryGroup: string | null;
}

export interface TenantChoices {
  /** Users with a job of this group are trusted and share one boundary; null trusts nobody. */
  readonly trustedGroup: number | null;
  readonly hostile: HostileChoice;
  readonly seed: number;
  /** Sets names and boundary of this import apart from those of an earlier one. */
  readonly suffix: string;
}

/** A choice names a user that it cannot apply to. */
export class ImpossibleChoice extends Error {
  override readonly name = 'ImpossibleChoice';
}

/**
 * One tenant for each user. Trusted users are never hostile: a percentage picks among the others, those
 * with the lowest seeded hashes, and to name a trusted user, or one that the log does not have, is a mistake.
 */
export function planTenants(
  users: readonly SurveyedUser[],
  choices: TenantChoices,
): readonly PlannedTenant[] {
  const { trustedGroup, suffix } = choices;
  const isTrusted = (user: SurveyedUser) =>
    trustedGroup !== null && user.groups.includes(trustedGroup);
  const hostile = hostileUsers(
    users.filter((user) => !isTrusted(user)),
    users,
    choices,
  );
  return users.map((user) => {
    const trust = isTrusted(user) ? 'trusted' : hostile.has(user.user) ? 'hostile' : 'standard';
    return {
      user: user.user,
      name: `user-${user.user ?? 'unknown'}${suffix}`,
      trust,
      boundaryGroup: trust === 'trusted' ? `group-${trustedGroup}${suffix}` : null,
    };
  });
}

function hostileUsers(
  candidates: readonly SurveyedUser[],
  all: readonly SurveyedUser[],
  { hostile, seed }: TenantChoices,
): ReadonlySet<number | null> {
  if (hostile.kind === 'users') {
    for (const user of hostile.users) {
      if (candidates.some((candidate) => candidate.user === user)) continue;
      throw new ImpossibleChoice(
        all.some((candidate) => candidate.user === user)
          ? `user ${user} belongs to the trusted group and cannot be hostile too`
          : `user ${user} has no job in what is imported, so it cannot be made hostile`,
      );
    }
    return new Set(hostile.users);
  }
  const ranked = candidates
    .map(({ user }) => ({ user, rank: fractionOf(seed, String(user)) }))
    .sort((a, b) => a.rank - b.rank);
  const wanted = Math.round((all.length * hostile.percentage) / 100);
  return new Set(ranked.slice(0, wanted).map(({ user }) => user));
}
