import ts from 'typescript';
import { isTest } from './source-tree.js';

export interface SourceRule {
  readonly name: string;
  /** Whether the rule has a say about a file at all. */
  governs(path: string): boolean;
  /** What is wrong about one node of the file's syntax tree; null where it is right. */
  judge(node: ts.Node): string | null;
}

/**
 * The files that choose the real clock, timers, ids and randomness, and hand them to the others.
 * Migrations are no part of what runs from a seed: they salt the roles' passwords themselves.
 */
const CHOOSERS = [
  /^libs\/event-store\/src\/migrations\//,
  /^apps\/(cli|launcher)\//,
  /(^|\/)main\.ts$/,
  /\.main\.ts$/,
  /\.module\.ts$/,
  /(^|\/)settings\.ts$/,
  /(^|\/)real-[^/]+\.ts$/,
];

const chooses = (path: string) => CHOOSERS.some((pattern) => pattern.test(path));
const ships = (path: string) => /^(apps|libs)\//.test(path) && !isTest(path);

const REAL_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.getRandomValues',
  'AbortSignal.timeout',
]);
const REAL_IMPORTS = new Set(['randomUUID', 'randomBytes', 'randomInt', 'performance']);
const REAL_PACKAGES = new Set(['uuid', 'node:timers', 'node:timers/promises', 'node:perf_hooks']);
const REAL_TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate']);

const realSources: SourceRule = {
  name: 'real-sources-are-chosen-in-module-files',
  governs: (path) => ships(path) && !chooses(path),
  judge(node) {
    if (ts.isPropertyAccessExpression(node) && REAL_MEMBERS.has(node.getText())) {
      return node.getText();
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
      return (node.arguments?.length ?? 0) === 0 ? 'new Date() without a time' : null;
    }
    if (
      ts.isImportSpecifier(node) &&
      REAL_IMPORTS.has((node.propertyName ?? node.name).getText())
    ) {
      return `import of ${node.getText()}`;
    }
    if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) {
      const from = (node.moduleSpecifier as ts.StringLiteral).text;
      return REAL_PACKAGES.has(from) ? `import of ${from}` : null;
    }
    return null;
  },
};

/**
 * Where timers only wait for the outside: sockets of hosts and of Postgres. None of it is part of what
 * runs from a seed, which has the model of a host and the log in memory instead.
 */
const OUTSIDE = [
  /^apps\/simulated-host\//,
  /^libs\/hypervisor\/src\/drivers\//,
  /^libs\/event-store\/src\/(consumers|log)\//,
];

const realTimers: SourceRule = {
  name: 'real-timers-are-chosen-in-module-files',
  governs: (path) => realSources.governs(path) && !OUTSIDE.some((pattern) => pattern.test(path)),
  judge: (node) =>
    ts.isIdentifier(node) && REAL_TIMERS.has(node.text) && isGlobalUse(node) ? node.text : null,
};

/** False for a name after a dot, and for the name of a property or parameter. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isQualifiedName(parent) || ts.isTypeQueryNode(parent)) return false;
  return !('name' in parent && parent.name === node);
}

const environment: SourceRule = {
  name: 'only-settings-read-the-environment',
  governs: (path) => ships(path) && !chooses(path),
  judge: (node) =>
    ts.isPropertyAccessExpression(node) && node.getText() === 'process.env' ? 'process.env' : null,
};

const wholeLog: SourceRule = {
  name: 'only-worker-and-audit-read-across-tenants',
  governs: (path) =>
    /^apps\//.test(path) && !isTest(path) && !/^apps\/(worker\/src|api\/src\/audit)\//.test(path),
  judge: (node) =>
    ts.isIdentifier(node) && /^(readAll|streamAll)$|WholeLog$/.test(node.text) ? node.text : null,
};

const CQRS_ALLOWED = new Set([
  'CqrsModule',
  'CommandBus',
  'QueryBus',
  'Command',
  'Query',
  'CommandHandler',
  'QueryHandler',
  'ICommandHandler',
  'IQueryHandler',
]);

const cqrs: SourceRule = {
  name: 'cqrs-lends-only-its-buses',
  governs: ships,
  judge(node) {
    if (!ts.isImportSpecifier(node)) return null;
    const from = node.parent.parent.parent.moduleSpecifier as ts.StringLiteral;
    const imported = (node.propertyName ?? node.name).getText();
    return from.text === '@nestjs/cqrs' && !CQRS_ALLOWED.has(imported) ? imported : null;
  },
};

const EMPTY_WORDS = /^(utils?|common|helpers?|manager|impl)$/i;

/** `WorkloadManager` is `Workload`, `Manager`. */
const words = (name: string) => name.split(/(?=[A-Z])|[-._/]/);

const declaredNames: SourceRule = {
  name: 'declared-names-mean-something',
  governs: ships,
  judge(node) {
    const named =
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isFunctionDeclaration(node);
    const name = named ? node.name?.text : undefined;
    if (name === undefined) return null;
    const empty = words(name).some((word) => EMPTY_WORDS.test(word));
    return empty || /^(I|Base)[A-Z][a-z]/.test(name) ? name : null;
  },
};

const fileNames: SourceRule = {
  name: 'file-names-mean-something',
  governs: () => true,
  judge(node) {
    if (!ts.isSourceFile(node)) return null;
    const parts = words(node.fileName);
    const stem = node.fileName.split('/').at(-1) ?? '';
    return parts.some((word) => EMPTY_WORDS.test(word)) || /^base[-.]/.test(stem)
      ? node.fileName
      : null;
  },
};

const NEVER_SUPPRESSED = [
  // Without a rule's name a comment switches off everything, or everything of a group.
  /biome-ignore(-all|-start)?\s+(lint|plugin)(\/[a-z0-9]+)?\s*:/,
  /biome-ignore(-all|-start)?\s+lint\/\w+\/(noExcessiveLines|noRestrictedGlobals|noJsRestrictedProperties|noExplicitAny|useFilenamingConvention)/,
  /@ts-(ignore|nocheck)/,
];

const suppressions: SourceRule = {
  name: 'house-rules-are-not-suppressed',
  governs: (path) => !path.startsWith('test/architecture/'),
  judge(node) {
    if (!ts.isSourceFile(node)) return null;
    const matches = NEVER_SUPPRESSED.map((pattern) => pattern.exec(node.getFullText())?.[0]);
    return matches.find((match) => match !== undefined) ?? null;
  },
};

export const SOURCE_RULES: readonly SourceRule[] = [
  realSources,
  realTimers,
  environment,
  wholeLog,
  cqrs,
  declaredNames,
  fileNames,
  suppressions,
];
