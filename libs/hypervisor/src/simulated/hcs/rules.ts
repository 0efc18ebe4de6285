import type { ResultCodeName } from './result-codes.js';
import type { HcsOperation, HcsRule, HcsStanding } from './rule.js';

const DOCS = 'Virtualization-Documentation virtualization/api/hcs';
const OVERVIEW = `${DOCS}/Overview.md`;
const RESULTS = `${DOCS}/Reference/HCSHResult.md`;
const SCHEMA = `${DOCS}/SchemaReference.md`;
const PAUSE = `${DOCS}/Reference/HcsPauseComputeSystem.md`;
const RESUME = `${DOCS}/Reference/HcsResumeComputeSystem.md`;
const SAVE = `${DOCS}/Reference/HcsSaveComputeSystem.md`;
/** It names no state that the compute system has to be in. */
const MODIFY = `${DOCS}/Reference/HcsModifyComputeSystem.md`;
const SHIM = 'hcsshim internal/hcs/errors.go';
const SHIM_OPERATION = 'hcsshim internal/hcs/v2/operation.go';
/** `Pause` and `Save` `AsTemplate`; hcsshim gave its clones up in commit 5591091fe. */
const SHIM_CLONE = 'hcsshim internal/uvm/clone.go';

/** That only VMs are paused, resumed and saved is documented; the code for a container is not. */
const VMS_ONLY = `${OVERVIEW}; the code is an assumption`;
/** A guest that stands still hears nothing, and what is being written changes no more. */
const STANDS_STILL = `${RESULTS}; an assumption where it is paused`;
/** Its clones map the pages of a template, so that it stays as it was saved until it is ended. */
const STAYS_SAVED = `${SHIM_CLONE}, ${RESULTS}; the code is an assumption`;

const leads = (
  operation: HcsOperation,
  standing: HcsStanding,
  leadsTo: HcsStanding,
  source: string,
): HcsRule => ({ operation, standing, answer: { leadsTo }, source });

const refused = (
  operation: HcsOperation,
  standing: HcsStanding,
  code: ResultCodeName,
  source: string,
): HcsRule => ({ operation, standing, answer: { code }, source });

/**
 * What holds for containers and for VMs. A compute system is used once: after its stop only its exit can
 * be asked for. `Shutdown` and `Terminate` only begin something; that it has ended is told by the exit.
 */
export const RULES_OF_BOTH: readonly HcsRule[] = [
  leads('Construct', 'Absent', 'Created', OVERVIEW),
  refused('Construct', 'Created', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Starting', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Running', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Stopped', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Start', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('Start', 'Created', 'Starting', SCHEMA),
  refused('Start', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'Running', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Pause', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  refused('Pause', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Resume', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  refused('Resume', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Save', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  refused('Save', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Modify', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('Modify', 'Created', 'Created', MODIFY),
  refused('Modify', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  leads('Modify', 'Running', 'Running', MODIFY),
  refused('Modify', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', OVERVIEW),
  refused('Shutdown', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  refused('Shutdown', 'Created', 'HCS_E_INVALID_STATE', RESULTS),
  leads('Shutdown', 'Starting', 'Starting', SHIM_OPERATION),
  leads('Shutdown', 'Running', 'Running', SHIM_OPERATION),
  refused('Shutdown', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', SHIM),
  refused('Terminate', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('Terminate', 'Created', 'Stopped', SCHEMA),
  leads('Terminate', 'Starting', 'Starting', SHIM_OPERATION),
  leads('Terminate', 'Running', 'Running', SHIM_OPERATION),
  refused('Terminate', 'Stopped', 'HCS_E_SYSTEM_ALREADY_STOPPED', SHIM),
  refused('GetProperties', 'Absent', 'HCS_E_SYSTEM_NOT_FOUND', RESULTS),
  leads('GetProperties', 'Created', 'Created', SCHEMA),
  leads('GetProperties', 'Starting', 'Starting', SCHEMA),
  leads('GetProperties', 'Running', 'Running', SCHEMA),
  leads('GetProperties', 'Stopped', 'Stopped', OVERVIEW),
];

/** No container is paused or saved, wherever it stands. */
export const CONTAINER_RULES: readonly HcsRule[] = [
  refused('Pause', 'Created', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Pause', 'Starting', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Pause', 'Running', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Resume', 'Created', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Resume', 'Starting', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Resume', 'Running', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Save', 'Created', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Save', 'Starting', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
  refused('Save', 'Running', 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION', VMS_ONLY),
];

/** A VM is paused before it is saved, and once it is a template nothing but its end is left to it. */
export const VM_RULES: readonly HcsRule[] = [
  refused('Pause', 'Created', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Pause', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  leads('Pause', 'Running', 'Paused', PAUSE),
  refused('Pause', 'Paused', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Pause', 'Saving', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Pause', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  refused('Resume', 'Created', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Resume', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Resume', 'Running', 'HCS_E_INVALID_STATE', RESULTS),
  leads('Resume', 'Paused', 'Running', RESUME),
  refused('Resume', 'Saving', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Resume', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  refused('Save', 'Created', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Save', 'Starting', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Save', 'Running', 'HCS_E_INVALID_STATE', SAVE),
  leads('Save', 'Paused', 'Saving', `${SAVE}, ${SHIM_CLONE}`),
  refused('Save', 'Saving', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Save', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  leads('Modify', 'Paused', 'Paused', MODIFY),
  refused('Modify', 'Saving', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Modify', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  refused('Construct', 'Paused', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'Saving', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Construct', 'SavedAsTemplate', 'HCS_E_SYSTEM_ALREADY_EXISTS', RESULTS),
  refused('Start', 'Paused', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'Saving', 'HCS_E_INVALID_STATE', RESULTS),
  refused('Start', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  refused('Shutdown', 'Paused', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Shutdown', 'Saving', 'HCS_E_INVALID_STATE', STANDS_STILL),
  refused('Shutdown', 'SavedAsTemplate', 'HCS_E_INVALID_STATE', STAYS_SAVED),
  leads('Terminate', 'Paused', 'Paused', SHIM_OPERATION),
  leads('Terminate', 'Saving', 'Saving', SHIM_OPERATION),
  leads('Terminate', 'SavedAsTemplate', 'SavedAsTemplate', SHIM_OPERATION),
  leads('GetProperties', 'Paused', 'Paused', SCHEMA),
  leads('GetProperties', 'Saving', 'Saving', SCHEMA),
  leads('GetProperties', 'SavedAsTemplate', 'SavedAsTemplate', SCHEMA),
];
