import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { whyUnwritable } from '../output/file-trouble.js';
import type { ServedTreeHead } from './log-answers.js';
import { exportFiles, LogFileProblem, UnwritableLogFile, writeNewFile } from './log-files.js';

export interface LogExport {
  readonly head: ServedTreeHead;
  /** One a line. */
  readonly verifierKeys: readonly string[];
  /** Lines of the log, page after page; the last page may reach beyond the head. */
  readonly pages: AsyncIterable<readonly string[]>;
  readonly signal: AbortSignal;
  readonly onProgress: (entries: number) => void;
}

/**
 * Writes what the newest tree head covers, with that head and the keys, to a folder that must not be
 * there yet. The folder has its name only when everything is in it and on disk.
 * @throws LogFileProblem
 */
export async function exportLog(folder: string, exported: LogExport): Promise<number> {
  const draft = `${folder.replace(/\/+$/, '')}.partial`;
  await assertFree(folder);
  await makeDraft(draft);
  try {
    const files = exportFiles(draft);
    const entries = await writeLog(files.log, exported);
    await writeNewFile(files.treeHead, exported.head.checkpoint);
    await writeNewFile(files.verifierKeys, `${exported.verifierKeys.join('\n')}\n`);
    await assertFree(folder);
    await rename(draft, folder);
    return entries;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** As many lines as the head covers, whatever stands in them: the one who verifies is to see it. */
async function writeLog(
  path: string,
  { head, pages, signal, onProgress }: LogExport,
): Promise<number> {
  const file = await open(path, 'wx');
  let entries = 0;
  try {
    for await (const page of pages) {
      signal.throwIfAborted();
      const lines = page.slice(0, head.size - entries);
      await file.writeFile(lines.map((line) => `${line}\n`).join(''));
      entries += lines.length;
      onProgress(entries);
      if (entries >= head.size) break;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return entries;
}

async function assertFree(folder: string): Promise<void> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) throw new LogFileProblem(`${folder} is there already; an export never overwrites`);
}

async function makeDraft(draft: string): Promise<void> {
  try {
    await mkdir(draft);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new LogFileProblem(
        `${draft} is there already: another export runs, or one was killed. Remove it`,
      );
    }
    throw new UnwritableLogFile(`${draft} cannot be made: ${whyUnwritable(error)}`);
  }
}
