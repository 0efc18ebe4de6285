/** The pool of the audit role: the only one of this process that may look across tenants. */
export const AUDIT_POOL = Symbol('AuditPool');
/** The whole log, read with that role. */
export const AUDIT_LOG = Symbol('AuditLog');
