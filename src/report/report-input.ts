import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import type { AttributionRow } from '../shapley/totals.ts'

/** All that a report is made of: what the steps left in storage, and nothing else. */
export interface ReportInput {
  readonly manifest: ExportManifest
  /** Of the model that was fitted to this export; undefined where there is none. */
  readonly model: ModelManifest | undefined
  readonly shapley: ShapleyResult
  readonly comparison: ComparisonResult | undefined
  readonly performance: PerformanceResult | undefined
  /** What caused the conversions, where the touchpoints were simulated. */
  readonly truth: Truth | undefined
}

/** What a method says. */
export interface MethodResult {
  /** As in the table `attribution`. */
  readonly method: string
  readonly rows: readonly AttributionRow[]
  /** 95 % intervals of what a channel has over all its days, by sampling noise; null where not known. */
  readonly channels: readonly ChannelInterval[] | null
}

export interface ChannelInterval {
  readonly channel: string
  readonly lower: number
  readonly upper: number
}

/** Whether touches tell anything about who converts. */
export interface SignalResult {
  readonly statistic: number
  readonly pValue: number
  readonly draws: number
  readonly conversions: number
  readonly windows: number
  readonly hasSignal: boolean
  readonly verdict: string
}

export interface EvidenceMeasure {
  readonly measure: string
  readonly value: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly verdict: string | null
}

/** Held-out examples of about the same predicted probability. */
export interface CalibrationPoint {
  readonly examples: number
  readonly predicted: number
  readonly observed: number
  readonly lower: number
  readonly upper: number
}

export interface ModelCalibration {
  readonly model: string
  readonly bins: readonly CalibrationPoint[]
}

export interface ShapleyResult {
  readonly runId: string
  /** ISO 8601. */
  readonly sessionTime: string
  /** The first one leads. */
  readonly methods: readonly MethodResult[]
  readonly signal: SignalResult | null
  readonly evidence: readonly EvidenceMeasure[]
  readonly calibration: readonly ModelCalibration[]
  readonly options: Readonly<Record<string, string | number | boolean | null>>
  readonly version: string
}

export interface PathResult {
  readonly channels: readonly string[]
  readonly conversions: number
  readonly nullPaths: number
  readonly value: number | null
}

export interface ComparisonResult {
  readonly methods: readonly MethodResult[]
  readonly markov: {
    readonly chosenOrder: number
    readonly nullPaths: boolean
    readonly orders: readonly {
      readonly order: number
      readonly auc: number | null
      readonly penalisedAuc: number | null
      readonly states: number
    }[]
  }
  readonly paths: readonly PathResult[]
}

export interface PerformanceRow {
  readonly method: string
  readonly channel: string
  readonly conversions: number | null
  readonly value: number | null
  readonly spend: number
  readonly costPerConversion: number | null
  readonly returnOnAdSpend: number | null
  /** Of the cost per conversion. */
  readonly lower: number | null
  readonly upper: number | null
}

export interface PerformanceResult {
  readonly rows: readonly PerformanceRow[]
}

export interface Truth {
  readonly baseline: number
  readonly channels: readonly { readonly channel: string; readonly conversions: number }[]
}
