import { byCodePoint } from '../code-points.ts'
import { DataError } from '../errors.ts'
import { renamerOf } from '../examples/channel-rules.ts'
import { OTHER_CHANNEL, otherPositionOf } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { Survey } from '../queries/survey.ts'
import { describeOrigin, type LearnedModel } from './learned-model.ts'

const NAMES_SHOWN = 6
const DAY_MS = 86_400_000
/** A month and some days to spare: a model that is learned once a month is never older. */
const MOST_DAYS = 35
/** So many conversions without a single one apart from a touch are no chance. */
const ENOUGH_CONVERSIONS = 30

/** Channels of the touchpoints, and the rules that gave them their names. */
type SurveyedChannels = Pick<Survey, 'touchesByChannel' | 'touchesByName' | 'scan'>

/**
 * @param learned undefined where the run learns its own model.
 * @param sessionTime of this run, ISO 8601.
 * @returns what was found in the touchpoints, and between them and the model. A model that was learned with conversions
 *   apart from touches knows the rate without a touch.
 */
export function findingsWith(
  learned: LearnedModel | undefined,
  survey: Pick<Survey, 'findings'> & SurveyedChannels,
  sessionTime: string,
): readonly Finding[] {
  const { findings } = survey
  if (learned === undefined) return findings
  const own = learned.model.seedFormat
    ? findings
    : findings.filter(({ code }) => code !== 'conversions-on-touches')
  return [...own, ...modelFindings(learned, survey, sessionTime)]
}

/**
 * @param sessionTime of this run, ISO 8601.
 * @returns what there is to say of crediting these touchpoints by a model that was learned from others.
 */
export function modelFindings(
  learned: LearnedModel,
  survey: SurveyedChannels,
  sessionTime: string,
): readonly Finding[] {
  return [
    ...unknownChannels(learned, survey.touchesByChannel),
    ...changedRules(learned, survey),
    ...distantModel(learned, sessionTime),
  ]
}

/** Names that other rules gave to other channels of the model. */
function changedRules({ manifest, model }: LearnedModel, survey: SurveyedChannels): readonly Finding[] {
  const here = renamerOf(survey.scan.source.channelRules ?? [])
  const there = renamerOf(manifest.channelRules?.rules ?? [])
  const changed = [...survey.touchesByName.keys()]
    .filter((name) => here(name) !== there(name))
    .sort(byCodePoint)
  if (changed.length === 0) return []
  const fate = (channel: string | null) => (channel === null ? 'left out' : JSON.stringify(channel))
  const list = changed
    .slice(0, NAMES_SHOWN)
    .map((name) => `${JSON.stringify(name)} (now ${fate(here(name))}, then ${fate(there(name))})`)
  const names = `${list.join(', ')}${changed.length > NAMES_SHOWN ? ' and others' : ''}`
  return [
    finding('changed-channel-rules', {
      count: changed.length,
      what: `that --channel-table names otherwise than for the model of run ${model.runId}: ${names}`,
      example: changed[0],
    }),
  ]
}

/** Channels that the model doesn't know by name, those with the most touches first. */
function unknownChannels(
  { manifest, model }: LearnedModel,
  touchesByChannel: ReadonlyMap<string, number>,
): readonly Finding[] {
  const { channels, options } = manifest
  const hasOther = otherPositionOf(channels, options.maxChannels) !== undefined
  const known = new Set(channels)
  const unknown = [...touchesByChannel]
    .filter(([channel]) => !known.has(channel) || (hasOther && channel === OTHER_CHANNEL))
    .sort(
      ([left, leftTouches], [right, rightTouches]) => rightTouches - leftTouches || byCodePoint(left, right),
    )
  if (unknown.length === 0) return []
  const touches = unknown.reduce((sum, [, count]) => sum + count, 0)
  const list = unknown
    .slice(0, NAMES_SHOWN)
    .map(([channel, count]) => `${JSON.stringify(channel)} (${count})`)
  const names = `${list.join(', ')}${unknown.length > NAMES_SHOWN ? ' and others' : ''}`
  const fate = hasOther ? `are credited as ${OTHER_CHANNEL}` : 'get no credit, since the model has no (other)'
  return [
    finding('channels-unknown-to-model', {
      count: unknown.length,
      what: `of channels that the model of run ${model.runId} does not know: ${names}; their ${touches} touches ${fate}`,
      example: unknown[0]?.[0],
    }),
  ]
}

function distantModel({ model }: LearnedModel, sessionTime: string): readonly Finding[] {
  const days = Math.round((Date.parse(sessionTime) - Date.parse(model.sessionTime)) / DAY_MS)
  if (Math.abs(days) <= MOST_DAYS) return []
  const order = days > 0 ? 'before' : 'after'
  return [
    finding('distant-model', {
      count: Math.abs(days),
      what: `lie between this session and that of the model, which was learned ${order} it (run ${model.runId}, ${model.sessionTime})`,
    }),
  ]
}

/**
 * Whether conversions lie on touch rows is a property of the feed, which few conversions don't show: the model knows it.
 * @throws {DataError} where these touchpoints show something else.
 */
export function checkSeedFormat(
  learned: LearnedModel,
  {
    conversionRows,
    conversionRowsWithoutTouch: apart,
  }: Pick<Survey, 'conversionRows' | 'conversionRowsWithoutTouch'>,
): void {
  const { seedFormat } = learned.model
  if (seedFormat ? apart === 0 : apart > 0 || conversionRows < ENOUGH_CONVERSIONS) return
  const there = seedFormat
    ? 'every conversion was on a row with a channel'
    : 'conversions were on rows without a channel, too'
  const here = seedFormat
    ? `${apart} of ${conversionRows} are on rows without one`
    : `all ${conversionRows} are on rows with one`
  throw new DataError(
    `${describeOrigin(learned)} was learned where ${there}, here ${here}: ` +
      'check --action-column (ACTION_COLUMN) and --conversion-column (CONVERSION_COLUMN), or learn again',
  )
}
