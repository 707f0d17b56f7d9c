import { ConfigError } from '../errors.ts'
import type { CellGrid } from '../examples/pattern.ts'
import { wordLayoutOf } from '../examples/pattern-words.ts'
import { MOST_WORDS } from './day-sets-sql.ts'

/**
 * Queries that return to the touchpoints find patterns by their words, where the extraction has numbers of days' sets.
 * @param option that asks for such a query, and its variable.
 * @throws {ConfigError} where patterns have more words than a query takes.
 */
export function checkPlainWords(grid: CellGrid, option: string): void {
  const { lookbackDays, channelCount } = grid
  const { count } = wordLayoutOf(grid)
  if (count <= MOST_WORDS) return
  throw new ConfigError(
    `${option}: its query can't tell ${lookbackDays} days (--lookback-window-days, LOOKBACK_WINDOW) with ${channelCount} channels ` +
      `apart: their cells take ${count} columns, of ${MOST_WORDS} at most. Leave the option out, or use fewer days, or fewer channels with ` +
      '--max-channels (MAX_CHANNELS)',
  )
}
