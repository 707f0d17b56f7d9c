import { ConfigError, DataError, messageOf, RemoteError } from '../../errors.ts'

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; give a directory that this user may write',
  EPERM: 'not permitted; give a directory that this user may write',
  EROFS: 'the file system is read-only; give a directory on one that can be written',
  EEXIST: 'a file has the name of a directory; give another directory',
  ENOTDIR: 'a part of the path is a file, not a directory; give another directory',
  EISDIR: 'a directory has this name; give another directory',
  ENAMETOOLONG: 'the name is too long; give a shorter directory',
  ELOOP: 'symbolic links lead in a circle; give another directory',
  ENXIO: 'a device or a socket has this name; give another directory',
  ENODEV: 'a device has this name; give another directory',
  EINVAL: 'the file system does not take such a name; give another directory',
  ENOTSUP: "the file system can't do that; give another directory",
  ENOSYS: "the file system can't do that; give another directory",
}

const NO_PLACE = 'no directory can be made there; give another directory'

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and run again',
  EDQUOT: 'the disk quota is used up; free some space and run again',
  EFBIG: 'the file would be larger than the file system or a limit allows; raise it and run again',
  ENOENT: 'its directory is not there, or was removed meanwhile; run again when nothing removes it',
}

/**
 * @param error what a call of node:fs threw.
 * @returns a ConfigError where the place itself is wrong, a RemoteError where the disk is full or failed (running
 *   again may help), and anything that is no error of the file system as it came.
 */
export function writeErrorOf(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === undefined) return error
  const refused = isUnmakeable(error) ? NO_PLACE : REFUSED[code]
  if (refused !== undefined) {
    return new ConfigError(`--data-dir (DATA_DIR): can't write ${path}: ${refused}`, { cause: error })
  }
  const why = FULL[code] ?? messageOf(error)
  return new RemoteError(`can't write ${path}: ${why}`, { cause: error })
}

/** The parent is there, but the file system says that it isn't, as /proc does. */
function isUnmakeable(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' && error instanceof Error && Reflect.get(error, 'syscall') === 'mkdir'
}

/** @returns the code of a node:fs error, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  const isSystemError = error instanceof Error && 'code' in error && 'syscall' in error
  return isSystemError && typeof error.code === 'string' ? error.code : undefined
}

/** @returns what a call of node:fs threw while reading: a ConfigError where this user may not, else a RemoteError. */
export function readErrorOf(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === undefined) return error
  if (code === 'EACCES' || code === 'EPERM') {
    return new ConfigError(
      `--data-dir (DATA_DIR): can't read ${path}: permission denied; give a directory that this user may read`,
      { cause: error },
    )
  }
  const unreadable = UNREADABLE[code]
  if (unreadable !== undefined) {
    return new DataError(`can't read ${path}: ${unreadable}; remove it, or give another directory`, {
      cause: error,
    })
  }
  return new RemoteError(`can't read ${path}: ${messageOf(error)}`, { cause: error })
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory, not a file',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is a device or a socket, not a file',
  ENODEV: 'it is a device, not a file',
}

/** @returns whether an error of node:fs says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')
}
