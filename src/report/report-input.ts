import type { CreditedDays } from '../artifacts/credited-days.ts'
import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import type {
  ComparisonDocument,
  PerformanceDocument,
  ShapleyDocument,
  TruthDocument,
} from '../artifacts/results.ts'

/** All that a report is made of: what the steps left in storage, and nothing else. */
export interface ReportInput {
  readonly manifest: ExportManifest
  /** Whose conversions are credited. */
  readonly credited: CreditedDays
  /** Of the model that was fitted to this export; undefined where there is none. */
  readonly model: ModelManifest | undefined
  readonly shapley: ShapleyResult
  readonly comparison: ComparisonResult | undefined
  readonly performance: PerformanceResult | undefined
  /** What caused the conversions, where the touchpoints were simulated. */
  readonly truth: Pick<TruthDocument, 'baseline' | 'channels'> | undefined
}

/** The first method leads. */
export type ShapleyResult = Omit<
  ShapleyDocument,
  'schemaVersion' | 'kind' | 'exportCrc32c' | 'attributionSkipped'
>
export type ComparisonResult = Pick<ComparisonDocument, 'methods' | 'markov' | 'paths' | 'findings'>
export type PerformanceResult = Pick<PerformanceDocument, 'rows'>
/** Held-out examples by predicted probability. */
export type ModelCalibration = ShapleyResult['calibration'][number]
