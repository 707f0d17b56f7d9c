/** @returns the name without what people don't mean by it: case, blanks, the width and Unicode form of letters. */
export function plainChannelName(channel: string): string {
  return channel
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\u200b-\u200d\u2060\ufeff]/g, '')
}

/** @returns the channels of which others differ only in what {@link plainChannelName} leaves out, those side by side. */
export function similarChannels(channels: Iterable<string>): readonly string[] {
  const byName = new Map<string, string[]>()
  for (const channel of channels) {
    const name = plainChannelName(channel)
    byName.set(name, [...(byName.get(name) ?? []), channel])
  }
  return [...byName.values()].filter(({ length }) => length > 1).flatMap((some) => some.sort())
}

/** Names that our own tables use for rows that are not a channel. */
const reserved = ['(baseline)', '(start)', '(conversion)', '(null)']

/** @returns the channels that rows of our own tables would be mistaken for. */
export function reservedChannels(channels: Iterable<string>): readonly string[] {
  return [...channels].filter((channel) => reserved.includes(channel)).sort()
}

const directNames = ['direct', '(direct)', '(direct)/(none)']

/** @returns whether visits of the channel are direct ones, where nothing else is said: people typed the address. */
export function isDirectByName(channel: string): boolean {
  return directNames.includes(plainChannelName(channel))
}
