import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'

/**
 * Makes a directory and its parents. Not by `recursive`: where the file system says that there is no such directory although its
 * parent is there, as in /proc, Node.js would try for ever, and no signal could end it.
 * @throws the system's error.
 */
export async function makeDirectories(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && dirname(path) !== path && !(await isDirectory(dirname(path)))) {
      await makeDirectories(dirname(path))
      await mkdir(path).catch(async (again: unknown) => {
        if (!(await isDirectory(path))) throw again
      })
    } else if (!(await isDirectory(path))) throw error
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
