import type { CreditedDays } from '../artifacts/credited-days.ts'
import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import type {
  ComparisonDocument,
  PerformanceDocument,
  ShapleyDocument,
  TruthDocument,
} from '../artifacts/results.ts'
import type { RunInTables } from '../queries/last-runs.ts'

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
  /** The last runs side by side; undefined where they were not asked for. */
  readonly runs?: RunsResult | undefined
  /** What caused the conversions, where the touchpoints were simulated. */
  readonly truth: Pick<TruthDocument, 'baseline' | 'channels'> | undefined
}

/** What several runs credited by the leading method, from the tables; the oldest first. */
export type RunsResult = readonly RunInTables[]

/** The first method leads. */
export type ShapleyResult = Omit<
  ShapleyDocument,
  'schemaVersion' | 'kind' | 'exportCrc32c' | 'attributionSkipped'
>
export type ComparisonResult = Pick<
  ComparisonDocument,
  'methods' | 'markov' | 'paths' | 'journeys' | 'findings'
>
export type PerformanceResult = Pick<PerformanceDocument, 'rows'>
/** Held-out examples by predicted probability. */
export type ModelCalibration = ShapleyResult['calibration'][number]
