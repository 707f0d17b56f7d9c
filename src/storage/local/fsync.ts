import { type FileHandle, open } from 'node:fs/promises'

/** Forces a file's bytes to the disk. */
export async function syncFile(path: string): Promise<void> {
  await syncAndClose(await open(path, 'r+'))
}

/** Forces a directory's entries to the disk: without it a rename can be lost in a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  await syncAndClose(await open(path, 'r'))
}

async function syncAndClose(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
