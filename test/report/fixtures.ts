import type { ExportManifest, ModelManifest } from '../../src/artifacts/manifest.ts'
import { createRandom } from '../../src/numerics/random.ts'
import type {
  ComparisonResult,
  PerformanceResult,
  ReportInput,
  ShapleyResult,
} from '../../src/report/report-input.ts'
import { type AttributionRow, BASELINE_CHANNEL, type MethodRows } from '../../src/tables/attribution.ts'

/** Channels of the fixture with the conversions that the leading method gives them. */
export type Credits = readonly (readonly [channel: string, conversions: number])[]

export const CREDITS: Credits = [
  ['social', 897],
  ['email', 680],
  ['affiliate', 580],
  ['video', 573],
  ['search', 456],
  ['display', 320],
  ['direct', -14],
]

const LOOKBACK_DAYS = 7
const BASELINE = 3947

/** How much of a channel's credit each day before the conversion has. */
const DAY_PARTS = [0.36, 0.2, 0.14, 0.11, 0.08, 0.06, 0.05]

const empty = { campaign: null, segment: null, value: null, standardError: null, lower: null, upper: null }

/** @returns rows by channel and day, whose shares add up to 1, and the baseline's. */
export function dailyMethod(
  method: string,
  credits: Credits,
  baseline: number | null = BASELINE,
): MethodRows {
  const all = credits.reduce((sum, [, conversions]) => sum + conversions, 0)
  const rows = credits.flatMap(([channel, conversions]) =>
    DAY_PARTS.map((part, daysBefore): AttributionRow => {
      const credited = conversions * part
      return { ...empty, channel, daysBefore, conversions: credited, share: all > 0 ? credited / all : null }
    }),
  )
  const base = { ...empty, channel: BASELINE_CHANNEL, daysBefore: null, conversions: baseline, share: null }
  return { method, rows: baseline === null ? rows : [...rows, base], channels: null }
}

/** @returns a method without days, its credits moved about by up to `spread` of themselves. */
export function plainMethod(method: string, credits: Credits, spread: number): MethodRows {
  const random = createRandom(7, method)
  const moved = credits.map(([channel, conversions]) => {
    return [channel, Math.max(0, conversions * (1 + spread * (2 * random.uniform() - 1)) + 20)] as const
  })
  const all = moved.reduce((sum, [, conversions]) => sum + conversions, 0)
  return {
    method,
    rows: moved.map(([channel, conversions]) => {
      return { ...empty, channel, daysBefore: null, conversions, share: conversions / all }
    }),
    channels: null,
  }
}

/** @returns the method with an interval of a tenth to both sides for each channel. */
export function withIntervals(method: MethodRows, credits: Credits): MethodRows {
  const channels = credits.map(([channel, conversions]) => {
    const reach = Math.max(25, Math.abs(conversions) * 0.1)
    return { channel, lower: conversions - reach, upper: conversions + reach }
  })
  return { ...method, channels }
}

export function manifestOf(credits: Credits, changes: Partial<ExportManifest> = {}): ExportManifest {
  const channels = credits.map(([channel]) => channel)
  return {
    schemaVersion: 6,
    kind: 'export',
    runId: '20260101t000000z-abc123',
    sessionTime: '2026-03-02T03:04:05.000Z',
    options: {
      db: 'mta',
      table: 'touchpoints',
      userColumn: 'user_id',
      timeColumn: 'time',
      timeUnit: 's',
      inputTimeZone: null,
      actionColumn: 'source',
      channelTable: null,
      campaignColumn: null,
      conversionColumn: 'conversion',
      conversionCounts: false,
      valueColumn: 'value',
      conversionIdColumn: null,
      segmentColumn: null,
      nullTexts: ['null'],
      conversionTypeColumn: null,
      conversionType: null,
      userTable: null,
      userRndColumn: 'ab_rnd',
      usersPerTfrecord: null,
      from: null,
      to: null,
      creditFrom: null,
      timeZone: 'Asia/Tokyo',
      lookbackWindowDays: LOOKBACK_DAYS,
      maxChannels: 100,
      examples: 'user-days',
      afterConversion: 'used-up',
      validationFraction: 0.5,
      negativePatterns: 2_000_000,
      seed: 1,
    },
    channels,
    channelColumns: channels.map((_, at) => `c${at}`),
    seedFormat: false,
    period: { firstAtSec: 1767225600, lastAtSec: 1772323200 },
    counts: {
      rows: 257_231,
      rowsWithoutUser: 5,
      rowsWithoutTime: 3,
      duplicateRows: 0,
      touches: 249_784,
      users: 19_727,
      conversions: 7439,
      mergedConversionRows: 2,
      entryConversions: 412,
      credited: {
        conversions: 7439,
        examples: 7027,
        entryConversions: 412,
        value: 396_686,
        entryValue: 20_412.5,
      },
      positiveExamples: 7027,
      negativeExamples: 1_102_334,
      emptyNegativeExamples: 702_334,
      positivePatterns: 2011,
      negativePatterns: 21_010,
      positiveValidationExamples: 3500,
      negativeValidationExamples: 551_000,
    },
    evidence: { rate: 1, slots: 1024, firstDay: 20_454, days: 60, firstExampleDay: null, files: [] },
    findings: [],
    positiveShards: [],
    negativeShards: [],
    ...changes,
  }
}

export function modelOf(credits: Credits): ModelManifest {
  return {
    schemaVersion: 2,
    kind: 'model',
    runId: '20260101t000000z-abc123',
    sessionTime: '2026-03-02T03:04:05.000Z',
    exportCrc32c: 1,
    model: 'bilstm',
    lookbackDays: LOOKBACK_DAYS,
    channels: credits.map(([channel]) => channel),
    seedFormat: false,
    backend: 'wasm',
    bilstm: {
      width: 16,
      dropoutRate: 0.1,
      baseRate: 0.00633,
      nets: [
        { learnedFrom: 'training', files: [], keptEpoch: 4, valLoss: 0.0341, probes: [] },
        { learnedFrom: 'all', files: [], keptEpoch: 4, valLoss: null, probes: [] },
      ],
    },
    hazard: {
      baseline: 0.0035,
      decay: { halfLivesDays: [1, 3, 9] },
      pairs: [],
      weights: [[0]],
      exposure: [1],
      logLikelihood: -41_230,
      iterations: 212,
    },
  }
}

/** @returns ten groups of held-out examples, whose observed rates lie near what was predicted. */
function calibrationOf(model: string, stretch: number) {
  const bins = Array.from({ length: 10 }, (_, at) => {
    const predicted = 0.003 * 1.42 ** at
    const observed = predicted * (1 + stretch * Math.sin(at))
    return { examples: 55_000, predicted, observed, lower: observed * 0.86, upper: observed * 1.14 }
  })
  return { model, bins }
}

export function shapleyOf(credits: Credits, changes: Partial<ShapleyResult> = {}): ShapleyResult {
  const hazard = credits.map(
    ([channel, conversions]) => [channel, Math.max(0, conversions * 1.04 + 5)] as const,
  )
  return {
    runId: '20260101t000000z-abc123',
    sessionTime: '2026-03-02T03:04:05.000Z',
    methods: [
      dailyMethod('shapley_bilstm', credits),
      withIntervals(dailyMethod('shapley_hazard', hazard, BASELINE - 190), hazard),
    ],
    signal: {
      statistic: 1834.2,
      pValue: 0.005,
      draws: 199,
      conversions: 7027,
      windows: 28_108,
      hasSignal: true,
      verdict: 'touches and conversions go together (p = 0.005); this is association, not proof of effect',
    },
    evidence: [
      {
        measure: 'signal_p_value',
        value: 0.005,
        lower: null,
        upper: null,
        verdict: 'touches and conversions go together',
      },
      { measure: 'log_loss_constant', value: 0.0365, lower: null, upper: null, verdict: null },
      {
        measure: 'log_loss_bilstm',
        value: 0.03412,
        lower: 0.0337,
        upper: 0.0345,
        verdict: 'better than a constant (0.0365)',
      },
      {
        measure: 'log_loss_hazard',
        value: 0.03401,
        lower: 0.0336,
        upper: 0.0344,
        verdict: 'better than a constant (0.0365)',
      },
      { measure: 'auc_bilstm', value: 0.731, lower: 0.722, upper: 0.739, verdict: null },
      { measure: 'auc_hazard', value: 0.734, lower: 0.726, upper: 0.742, verdict: null },
    ],
    confounding: credits.map(([channel]) => {
      return { channel, likelihoodRatio: 0.8, pValue: 1, suspectedConversions: 0 }
    }),
    pairs: [],
    known: { placebos: [], experiments: [], next: null },
    calibration: [calibrationOf('bilstm', 0.09), calibrationOf('hazard', 0.03)],
    options: { model: 'bilstm', evaluations: null, signalDraws: 199, seed: 1 },
    findings: [],
    version: '0.1.0',
    ...changes,
  }
}

/** @returns a rule's credits by channel and day. */
function dailyRule(method: string, credits: Credits): MethodRows {
  const moved = plainMethod(method, credits, 0.8).rows
  return dailyMethod(
    method,
    moved.map(({ channel, conversions }) => [channel, conversions ?? 0]),
    null,
  )
}

/** @returns ways to a conversion among the first channels. */
function journeysOf(names: readonly string[]): NonNullable<ComparisonResult['journeys']> {
  const channels = names.slice(0, 8)
  const flows = channels.flatMap((from, at) => {
    const previous = channels[(at + 1) % channels.length] ?? null
    return [
      { touchesBefore: 0, from, previous: '', conversions: 400 - 20 * at },
      { touchesBefore: 0, from, previous, conversions: 90 - 5 * at },
      { touchesBefore: 1, from: previous, previous: null, conversions: 60 - 5 * at },
      { touchesBefore: 1, from: previous, previous: '', conversions: 30 },
    ]
  })
  const lengths = [1749, 3100, 1290, 700, 350, 140, 60].map((conversions, touches) => {
    return { touches, conversions, nullPaths: touches === 0 ? 0 : 9000 - 1000 * touches }
  })
  return { lengths: [...lengths, { touches: 20, conversions: 50, nullPaths: 12 }], channels, flows }
}

export function comparisonOf(credits: Credits): ComparisonResult {
  const rules = [
    'first_touch',
    'last_touch',
    'last_non_direct',
    'linear',
    'position',
    'w_shaped',
    'time_decay',
    'simplified_shapley',
  ]
  const chains = ['markov_1', 'markov_2', 'markov_3']
  const names = credits.map(([channel]) => channel)
  const name = (at: number) => names[at % names.length] ?? ''
  return {
    methods: [
      ...rules.map((rule) =>
        rule === 'simplified_shapley' ? plainMethod(rule, credits, 0.8) : dailyRule(rule, credits),
      ),
      ...chains.map((rule) => plainMethod(rule, credits, 0.3)),
    ],
    markov: {
      chosenOrder: 2,
      nullPaths: true,
      orders: [
        { order: 1, auc: 0.681, penalisedAuc: 0.681, states: 9 },
        { order: 2, auc: 0.704, penalisedAuc: 0.702, states: 57 },
        { order: 3, auc: 0.706, penalisedAuc: 0.695, states: 340 },
      ],
      removalEffects: [],
    },
    paths: [
      { channels: [], conversions: 1749, learnedConversions: 1749, nullPaths: 120, value: 91_000 },
      { channels: [name(0)], conversions: 388, learnedConversions: 388, nullPaths: 9120, value: 20_410.5 },
      {
        channels: [name(1), name(0)],
        conversions: 214,
        learnedConversions: 214,
        nullPaths: 2410,
        value: 11_900,
      },
      {
        channels: [name(0), name(2), name(0)],
        conversions: 120,
        learnedConversions: 120,
        nullPaths: 1503,
        value: 6200,
      },
      {
        channels: Array.from({ length: 14 }, (_, at) => name(at)),
        conversions: 61,
        learnedConversions: 61,
        nullPaths: 210,
        value: 3050,
      },
    ],
    journeys: journeysOf(names),
    findings: [],
  }
}

function performanceOf(credits: Credits): PerformanceResult {
  const rows = credits.flatMap(([channel, conversions], at) => {
    const spend = 4000 + 1500 * at
    const paid = Math.max(0, conversions)
    const row = {
      channel,
      campaign: null,
      conversions,
      value: paid * 53,
      spend,
      returnOnAdSpend: (paid * 53) / spend,
    }
    const cost = paid > 0 ? spend / paid : null
    const ends = cost === null ? { lower: null, upper: null } : { lower: cost * 0.9, upper: cost * 1.12 }
    return [
      { ...row, method: 'shapley_bilstm', costPerConversion: cost, lower: null, upper: null },
      { ...row, method: 'shapley_hazard', costPerConversion: cost, ...ends },
      {
        ...row,
        method: 'last_touch',
        costPerConversion: spend / (conversions + 300),
        lower: null,
        upper: null,
      },
    ]
  })
  return { rows }
}

/** @returns all that a report can hold, for any channels. */
export function fullInput(credits: Credits = CREDITS): ReportInput {
  return {
    manifest: manifestOf(credits),
    credited: { creditedFrom: '2026-01-01', creditedTo: '2026-03-01' },
    model: modelOf(credits),
    shapley: shapleyOf(credits),
    comparison: comparisonOf(credits),
    performance: performanceOf(credits),
    truth: {
      baseline: 3772,
      channels: credits.map(([channel, conversions]) => ({
        channel,
        conversions: Math.max(0, conversions * 1.05),
      })),
    },
  }
}

/** @returns channels that share the credit like words share a text: the n-th has a n-th of the first. */
export function manyChannels(count: number): Credits {
  const parts = Array.from({ length: count }, (_, at) => 1 / (at + 1))
  const all = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part, at) => [`channel ${at + 1}`, (3492 * part) / all] as const)
}

/** @returns nights of the leading method, the first channel of which lost a third of its share in the middle. */
export function runsOf(credits: Credits, count = 30): NonNullable<ReportInput['runs']> {
  const random = createRandom(11, 'runs')
  return Array.from({ length: count }, (_, night) => {
    const day = new Date(Date.UTC(2026, 1, 1 + night)).toISOString().slice(0, 10)
    const moved = credits.map(([channel, conversions], at) => {
      const lost = at === 0 && night >= count / 2 ? 2 / 3 : 1
      return [channel, Math.max(1, conversions * lost * (1 + 0.05 * (random.uniform() - 0.5)))] as const
    })
    const all = moved.reduce((sum, [, conversions]) => sum + conversions, 0)
    return {
      runId: `night-${night}`,
      sessionDate: day,
      creditedFrom: day,
      creditedTo: day,
      channels: moved.map(([channel, conversions]) => {
        const reach = Math.max(10, conversions * 0.05)
        const interval = { lower: conversions - reach, upper: conversions + reach }
        return { channel, conversions, share: conversions / all, ...interval }
      }),
    }
  })
}

/** @returns the method's rows, and those of as many campaigns of each channel, which share its credit by their rank. */
export function withCampaigns({ rows, ...method }: MethodRows, perChannel: number): MethodRows {
  const ranks = Array.from({ length: perChannel }, (_, at) => 1 / (at + 1))
  const all = ranks.reduce((sum, rank) => sum + rank, 0)
  const campaigns = rows.flatMap((row) =>
    row.channel === BASELINE_CHANNEL
      ? []
      : ranks.map((rank, at) => ({
          ...row,
          campaign: `${row.channel} ${at + 1}`,
          conversions: row.conversions === null ? null : (row.conversions * rank) / all,
          share: row.share === null ? null : (row.share * rank) / all,
        })),
  )
  const intervals = method.channels?.flatMap(({ channel, lower, upper }) =>
    ranks.map((rank, at) => {
      return {
        channel,
        campaign: `${channel} ${at + 1}`,
        lower: (lower * rank) / all,
        upper: (upper * rank) / all,
      }
    }),
  )
  return { ...method, rows: [...rows, ...campaigns], campaigns: intervals }
}

/** @returns the method's rows, and those of two segments. */
export function withSegments({ rows, ...method }: MethodRows): MethodRows {
  const part = (segment: string, fraction: number) =>
    rows.map((row, at) => ({
      ...row,
      segment,
      conversions:
        row.conversions === null ? null : row.conversions * (at % 2 === 0 ? fraction : 1 - fraction),
    }))
  return { ...method, rows: [...rows, ...part('新規', 0.7), ...part('returning', 0.3)] }
}

/** @returns all that a report can hold, with campaigns, segments and nights. */
export function workplaceInput(credits: Credits = CREDITS, perChannel = 4): ReportInput {
  const input = fullInput(credits)
  const [bilstm, hazard] = input.shapley.methods
  const pairs = [{ channels: [credits[0]?.[0] ?? '', credits[1]?.[0] ?? ''] as const, conversions: 61.5 }]
  const methods = [bilstm, hazard].flatMap((method) =>
    method === undefined ? [] : [withSegments(withCampaigns(method, perChannel))],
  )
  return { ...input, runs: runsOf(credits), shapley: { ...input.shapley, pairs, methods } }
}
