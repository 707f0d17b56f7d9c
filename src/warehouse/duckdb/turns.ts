import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { sayWhile } from '../../say-while.ts'

/** The last turn that was asked for, by file. */
const lastTurns = new Map<string, Promise<void>>()

/**
 * Lets those of this process who use a DuckDB file do so one after the other, in the order in which they ask: DuckDB's
 * lock keeps other processes out, but a second database of the same process would write over what the first one wrote.
 * @param signal ends the waiting. @param say called every 20 s with the seconds waited so far.
 * @returns what ends the turn.
 */
export async function takeTurn(
  file: string,
  signal?: AbortSignal,
  say: (seconds: number) => void = () => {},
): Promise<() => void> {
  const key = await pathOf(file)
  const before = lastTurns.get(key)
  let resolveTurn = () => {}
  const turn = new Promise<void>((resolve) => {
    resolveTurn = resolve
  })
  lastTurns.set(key, turn)
  const end = () => {
    if (lastTurns.get(key) === turn) lastTurns.delete(key)
    resolveTurn()
  }
  try {
    await sayWhile(say, () => unlessAborted(before, signal))
  } catch (error) {
    // Those behind us still wait for those before us.
    if (before === undefined) end()
    else void before.then(end)
    throw error
  }
  return end
}

async function unlessAborted(
  before: Promise<void> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  if (before === undefined) return
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
  })
  await Promise.race([before, aborted]).finally(() => signal?.removeEventListener('abort', stop))
}

/** @returns one path per file, by whichever name and whether it is there already. */
async function pathOf(file: string): Promise<string> {
  const path = resolve(file)
  return await realpath(path).catch(async () => {
    const directory = await realpath(dirname(path)).catch(() => dirname(path))
    return join(directory, basename(path))
  })
}
