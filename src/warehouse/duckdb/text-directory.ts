import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeErrorOf } from '../../storage/local/errors.ts'

/** A temporary directory for texts, readable for this user only; made when needed. */
export class TextDirectory {
  #made: Promise<string> | undefined
  #files = 0

  /** @returns where a new file may be written. */
  async newPath(extension: string): Promise<string> {
    this.#made ??= mkdtemp(join(tmpdir(), 'td-mta-input-'))
    const directory = await this.#made.catch((error: unknown) => {
      throw writeErrorOf(tmpdir(), error)
    })
    return join(directory, `${this.#files++}${extension}`)
  }

  async remove(): Promise<void> {
    const directory = await this.#made?.catch(() => undefined)
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  }
}
