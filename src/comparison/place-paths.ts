import { byCodePoint } from '../code-points.ts'
import type { RenameChannel } from '../examples/channel-rules.ts'
import { chooseVocabulary, OTHER_CHANNEL } from '../examples/vocabulary.ts'
import type { CountedPath } from '../queries/read-path-table.ts'
import { type PathTable, PathTableBuilder } from './path-table.ts'

/** How the channels of paths are named. */
export interface PathNaming {
  /** null leaves a touch out. */
  readonly rename: RenameChannel
  /** Channels kept apart; the others become `(other)`. */
  readonly maxChannels: number
}

/** Paths as places in a vocabulary. */
export interface PlacedPaths {
  readonly paths: PathTable
  readonly channels: readonly string[]
  /** Touches by channel as the paths have it, and by the name that it gets. */
  readonly touchesByName: ReadonlyMap<string, number>
  readonly touchesByChannel: ReadonlyMap<string, number>
}

/**
 * Makes of paths what touchpoints with the same paths would give: places in the vocabulary, equal paths once, in the order of
 * the query of `path-sql.ts`. All conversions are credited. O(touches of the paths).
 */
export function placePaths(
  counted: readonly CountedPath[],
  { rename, maxChannels }: PathNaming,
): PlacedPaths {
  const touchesByName = new Map<string, number>()
  const touchesByChannel = new Map<string, number>()
  const renamed = counted.map((path) => {
    const times = path.conversions + path.nullPaths
    const channels = path.channels.flatMap((name) => {
      const channel = rename(name)
      add(touchesByName, name, times)
      if (channel === null) return []
      add(touchesByChannel, channel, times)
      return [channel]
    })
    return { ...path, channels }
  })
  const channels = chooseVocabulary(touchesByChannel, maxChannels)
  return { paths: packPaths(renamed, channels), channels, touchesByName, touchesByChannel }
}

function add(sums: Map<string, number>, name: string, times: number): void {
  sums.set(name, (sums.get(name) ?? 0) + times)
}

function packPaths(counted: readonly CountedPath[], channels: readonly string[]): PathTable {
  const placeOf = new Map(channels.map((channel, place) => [channel, place]))
  const other = channels.indexOf(OTHER_CHANNEL)
  const merged = new Map<
    string,
    { places: number[]; conversions: number; nullPaths: number; value: number }
  >()
  for (const { channels, conversions, nullPaths, value } of counted) {
    const places = channels.map((channel) => placeOf.get(channel) ?? other)
    // Who was never touched and never converted is in no table of touchpoints.
    if (places.length === 0 && conversions === 0) continue
    const key = places.join(' ')
    const path = merged.get(key) ?? { places, conversions: 0, nullPaths: 0, value: 0 }
    merged.set(key, path)
    path.conversions += conversions
    path.value += value
    path.nullPaths += places.length === 0 ? 0 : nullPaths
  }
  const builder = new PathTableBuilder()
  for (const key of [...merged.keys()].sort(byCodePoint)) {
    const { places, conversions, nullPaths, value } = merged.get(key)!
    const credited = { creditedConversions: conversions, creditedValue: value }
    builder.add(places, { conversions, nullPaths, value, ...credited })
  }
  return builder.build()
}
