const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
};

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there, or nothing can be made in it',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'a folder of that name is there',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota of the disk is used up',
};

/** Why a file cannot be read, for the one who named it; a rare cause keeps the system's word. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error);
  return UNREADABLE[code] ?? code;
}

/** Why nothing can be written to a path, for the one who named it; a rare cause keeps the system's word. */
export function whyUnwritable(error: unknown): string {
  const code = codeOf(error);
  return UNWRITABLE[code] ?? code;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
