import { ConfigError } from '../errors.ts'
import { type DayMoments, dayMomentsOf } from '../examples/day-moments.ts'
import { chooseLeaves, type Leaf } from '../examples/leaves.ts'
import { type LocalDays, localDaysOf } from '../examples/local-days.ts'
import { type WordLayout, wordLayoutOf } from '../examples/pattern-words.ts'
import { type AfterConversion, areAtMoments, type ExampleRules } from '../examples/touchpoints.ts'
import { chooseVocabulary, otherPositionOf } from '../examples/vocabulary.ts'
import { MOST_WORDS, setLayoutOf } from './day-sets-sql.ts'
import { type EvidencePlan, planEvidence } from './evidence-key.ts'
import { type NegativeSample, planNegativeSample } from './negative-sample.ts'
import { checkPlainWords } from './plain-words.ts'
import type { Survey } from './survey.ts'

/** What follows from the survey, and is the same for all batches. */
export interface ExtractionPlan {
  readonly rules: ExampleRules & { readonly afterConversion: AfterConversion }
  readonly survey: Survey
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Campaigns of the channels; undefined without a column of campaigns. */
  readonly campaignLeaves: readonly Leaf[] | undefined
  readonly layout: WordLayout
  /** How the numbers of days' sets of channels lie in the words of the query, where they stand for touches. */
  readonly setLayout: WordLayout | undefined
  /** Every conversion lies on a touch row. */
  readonly seedFormat: boolean
  /** Number of queries, each of which reduces a part of the users. */
  readonly batches: number
  readonly days: LocalDays
  /** Undefined where days without a conversion are seen whole: by the original's rule, and in the seed format. */
  readonly moments: DayMoments | undefined
  /** Whose days without a conversion are kept; the same whatever the batches. */
  readonly negativeSample: NegativeSample
  /** Users whose windows are exported one by one, whose days are kept, too; the same whatever the batches. */
  readonly evidence: EvidencePlan
}

/** What the touchpoints don't decide where a model is used that was learned from others. */
export interface Learned {
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Of the vocabulary, without `(other)`. */
  readonly maxChannels: number
  readonly seedFormat: boolean
  readonly afterConversion: AfterConversion
}

/**
 * @param learned absent: the touchpoints decide all.
 * @returns how the touchpoints become examples.
 * @throws {ConfigError} if there are more days and channels than a query can distinguish.
 */
export function planExtraction(survey: Survey, asked: ExampleRules, learned?: Learned): ExtractionPlan {
  const seedFormat = learned?.seedFormat ?? survey.conversionRowsWithoutTouch === 0
  const rules = {
    ...asked,
    maxChannels: learned?.maxChannels ?? asked.maxChannels,
    afterConversion:
      asked.afterConversion ?? learned?.afterConversion ?? usualAfterConversion(asked, seedFormat),
  }
  const channels = learned?.channels ?? chooseVocabulary(survey.touchesByChannel, rules.maxChannels)
  const layout = wordLayoutOf({ lookbackDays: rules.lookbackDays, channelCount: channels.length })
  const setLayout = setLayoutOf(layout, survey.touches)
  if ((setLayout ?? layout).count > MOST_WORDS) {
    throw new ConfigError(
      `--lookback-window-days (LOOKBACK_WINDOW) ${rules.lookbackDays} with ${channels.length} channels are more cells than ` +
        'one query can distinguish: use fewer days, or fewer channels with --max-channels (MAX_CHANNELS)',
    )
  }
  if (survey.scan.columns.segment !== undefined)
    checkPlainWords(layout.grid, '--segment-column (SEGMENT_COLUMN)')
  const days = localDaysOf(rules.timeZone, survey.firstAtSec, Math.max(survey.lastAtSec, rules.fromSec ?? 0))
  const [firstDay, lastDay] = [days.dayOf(survey.firstAtSec), days.dayOf(survey.lastAtSec)]
  const { usersBySize } = survey
  const evidence = planEvidence(survey, firstDay, lastDay, rules.lookbackDays)
  const space = { grid: layout.grid, days: lastDay - firstDay + 1, usersBySize }
  const isAtMoments = areAtMoments(rules.kind, seedFormat)
  // What an example's window holds is known from single days only where every day is an example.
  const negativeSample = isAtMoments ? planNegativeSample(rules, space, evidence.rate) : { oneOf: 1 }
  return {
    rules,
    survey,
    channels,
    campaignLeaves:
      survey.scan.source.campaignColumn === undefined
        ? undefined
        : chooseLeaves(survey.campaigns, channels, otherPositionOf(channels, rules.maxChannels)),
    layout,
    setLayout,
    seedFormat,
    batches:
      rules.usersPerShard === undefined ? 1 : Math.max(1, Math.ceil(survey.users / rules.usersPerShard)),
    days,
    moments: isAtMoments ? dayMomentsOf(survey.conversionHours, days) : undefined,
    negativeSample,
    evidence: { ...evidence, rate: Math.min(evidence.rate, 1 / negativeSample.oneOf) },
  }
}

/**
 * In simulated worlds where touches are used up, keeping them costs next to nothing, and where they go on working, using them up
 * hands repeat purchases to the baseline. The original and its format use them up.
 */
function usualAfterConversion({ kind }: ExampleRules, seedFormat: boolean): AfterConversion {
  return areAtMoments(kind, seedFormat) ? 'keep' : 'used-up'
}
