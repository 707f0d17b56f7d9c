import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/** The last turn that was asked for, by file. */
const lastTurns = new Map<string, Promise<void>>()

/**
 * Lets those of this process who use a DuckDB file do so one after the other, in the order in which they ask: DuckDB's
 * lock keeps other processes out, but a second database of the same process would write over what the first one wrote.
 * @returns what ends the turn.
 */
export async function takeTurn(file: string): Promise<() => void> {
  const key = await pathOf(file)
  const before = lastTurns.get(key)
  let resolveTurn = () => {}
  const turn = new Promise<void>((resolve) => {
    resolveTurn = resolve
  })
  lastTurns.set(key, turn)
  await before
  return () => {
    if (lastTurns.get(key) === turn) lastTurns.delete(key)
    resolveTurn()
  }
}

/** @returns one path per file, by whichever name and whether it is there already. */
async function pathOf(file: string): Promise<string> {
  const path = resolve(file)
  return await realpath(path).catch(async () => {
    const directory = await realpath(dirname(path)).catch(() => dirname(path))
    return join(directory, basename(path))
  })
}
