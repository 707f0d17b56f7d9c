import type { TableName } from '../warehouse/warehouse.ts'
import type { ChannelRule, RunRules } from './channel-rules.ts'

/** The table of touchpoints and the names of its columns. */
export interface TouchpointSource {
  readonly table: TableName
  readonly userColumn: string
  readonly timeColumn: string
  readonly actionColumn: string
  /** What its channels are called; absent: as they are. */
  readonly channelRules?: readonly ChannelRule[] | undefined
  /** Names that these rules match, with their channels; absent where they are not known yet. */
  readonly ruledNames?: RunRules['names'] | undefined
  /** Of the campaign within the channel; absent: channels only. */
  readonly campaignColumn?: string | undefined
  readonly conversionColumn: string
  readonly valueColumn: string | undefined
  /** Whether the column of conversions says how many a row has; absent: whether it has one. */
  readonly conversionCounts?: boolean | undefined
  /** The one kind of conversion that counts; absent: all do. */
  readonly conversionKind?: ConversionKind | undefined
  /** Column with the id of a conversion: one conversion an id. Absent: conversions of a user in one second are one. */
  readonly conversionIdColumn?: string | undefined
  /** Column of the segment by which credits are divided; absent: they are not. */
  readonly segmentColumn?: string | undefined
  /** Texts that stand for NULL in the columns of user, channel, campaign and conversion id, in lower case; absent: none. */
  readonly nullTexts?: readonly string[] | undefined
  /** Absent: numbers are seconds, and times without a zone UTC. */
  readonly timeReading?: TimeReading | undefined
}

/** What the numbers of a time column may count, and how many of them a second has. */
export const perSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 } as const

export type TimeUnit = keyof typeof perSecond

/** How the values of a time column are read. */
export interface TimeReading {
  readonly unit: TimeUnit
  /** IANA zone of dates and times that name none; absent: UTC. */
  readonly inputTimeZone?: string | undefined
}

/** Conversions are of this kind if the column, as text, equals `type`; NULL is not a kind. */
export interface ConversionKind {
  readonly column: string
  readonly type: string
}

/** What touches do after a conversion: they are used up, or keep working until they leave the window. */
export type AfterConversion = 'used-up' | 'keep'

/** Which examples are made from the touchpoints; docs/method.md says what each rule means. */
export interface ExampleRules {
  /** `user-days`: every user on every day at risk; `td-mta`: the original's rule, which looks into the future. */
  readonly kind: 'user-days' | 'td-mta'
  /** Absent: kept, but used up by the original's rule and in the seed format. */
  readonly afterConversion?: AfterConversion | undefined
  /** W: days before are 0..W-1. */
  readonly lookbackDays: number
  /** Channels kept apart; the rest becomes `(other)`. */
  readonly maxChannels: number
  /** IANA zone whose midnights separate the days. */
  readonly timeZone: string
  /** Unix seconds; examples lie in [fromSec, toSec), but the rows of the W-1 days before are read too. */
  readonly fromSec: number | undefined
  readonly toSec: number | undefined
  /** Conversions before it are learned from, but not credited; absent: all are credited. */
  readonly creditFromSec?: number | undefined
  /** A user validates if its seeded hash is below this, 0..1. */
  readonly validationFraction: number
  readonly seed: number
  /** About how many patterns of days without a conversion are enough; absent: all are wanted. */
  readonly negativePatterns?: number | undefined
  /** Users reduced by one query; undefined: all. */
  readonly usersPerShard: number | undefined
  /** Table user -> random number in [0, 1) that decides the batches; undefined: a hash of the user does. */
  readonly userTable: TableName | undefined
  readonly userRndColumn: string
  /** What is later than the run; absent: nothing is. */
  readonly clock?: RunClock | undefined
}

/** @returns whether examples are users at any moments: by the original's rule and in the seed format they are not. */
export function areAtMoments(kind: ExampleRules['kind'], seedFormat: boolean): boolean {
  return kind === 'user-days' && !seedFormat
}

/** @returns from when conversions are credited, in unix seconds; undefined: all are. */
export function creditedFromSec({ fromSec, creditFromSec }: ExampleRules): number | undefined {
  return creditFromSec ?? fromSec
}

/** Unix seconds. */
export interface RunClock {
  /** Rows later than a day after it are not read, and time at risk ends with it. */
  readonly sessionSec: number
  /** Times later than a day after it are impossible. */
  readonly nowSec: number
}
