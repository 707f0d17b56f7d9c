import { isDirectByName } from '../examples/channel-names.ts'
import { type RunRules, wholeMeaningBy } from '../examples/channel-rules.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { findUnmatched } from './unmatched-names.ts'

interface Vocabulary {
  readonly channels: readonly string[]
  readonly channelRules?: RunRules | undefined
}

/** @returns the places of the channels that `last_non_direct` passes over: those that are named, or called so. */
export function directPlaces(
  directChannels: readonly string[],
  { channels, channelRules }: Vocabulary,
): readonly number[] {
  const direct = directChannels.map(wholeMeaningBy(channelRules))
  const isDirect = (channel: string) =>
    direct.length === 0 ? isDirectByName(channel) : direct.includes(channel)
  return channels.flatMap((channel, place) => (isDirect(channel) ? [place] : []))
}

/** @returns the finding for names that no channel has. */
export function unknownDirectChannels(
  directChannels: readonly string[],
  { channels, channelRules }: Vocabulary,
): readonly Finding[] {
  const unmatched = findUnmatched(directChannels.map(wholeMeaningBy(channelRules)), channels)
  if (unmatched === undefined) return []
  const what = `in --direct-channels that no channel has: ${unmatched.list}`
  return [finding('unknown-direct-channels', { ...unmatched, what })]
}
