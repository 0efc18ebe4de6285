import { batchesTellTheTruth } from './batch-outcomes.js';
import { batchesKeepTheirTerms } from './batch-terms.js';
import { hostsHoldNoMoreThanTheyHave } from './capacity.js';
import type { CheckId, CheckMaker } from './check.js';
import { incidentsLeadToQuarantine } from './incidents.js';
import { kernelsHaveOneBoundary } from './kernels.js';
import { legalFolds } from './legal-folds.js';
import { logOrder } from './log-order.js';
import { everyWorkloadEndsOnce } from './one-end.js';
import { placementsOnOpenHosts } from './open-hosts.js';
import { onlyThePlacerInOffice } from './placer-terms.js';
import { hostileNeverShares } from './promise-1-hostile.js';
import { sharingStaysInside } from './promise-2-boundaries.js';
import { isolationNeverWeakens } from './promise-3-isolation.js';
import { runsOnceAtATime } from './promise-5-attempts.js';
import { journalsAgreeWithTheLog } from './promise-5-journals.js';
import { schedulesFireOnce } from './schedule-firings.js';
import { clonesStayInside } from './templates.js';

/** Every check but `eviction` and `advisories`, which share the exposure windows with the report. */
export const checks: Readonly<Record<Exclude<CheckId, 'eviction' | 'advisories'>, CheckMaker>> = {
  'log-order': logOrder,
  'legal-folds': legalFolds,
  'promise-1': hostileNeverShares,
  'promise-2': sharingStaysInside,
  'promise-3': isolationNeverWeakens,
  'promise-5': runsOnceAtATime,
  'promise-5-journals': journalsAgreeWithTheLog,
  kernels: kernelsHaveOneBoundary,
  templates: clonesStayInside,
  capacity: hostsHoldNoMoreThanTheyHave,
  'open-hosts': placementsOnOpenHosts,
  incidents: incidentsLeadToQuarantine,
  'placer-terms': onlyThePlacerInOffice,
  'one-end': everyWorkloadEndsOnce,
  'batch-outcomes': batchesTellTheTruth,
  'batch-terms': batchesKeepTheirTerms,
  schedules: schedulesFireOnce,
};
