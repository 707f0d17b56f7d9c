import { z } from 'zod'
import { findingType } from '../findings/finding.ts'
import type { Storage } from '../storage/storage.ts'
import {
  campaignInterval,
  channelInterval,
  childColumns,
  creditColumns,
  type MethodRows,
} from '../tables/attribution.ts'
import { confounding } from '../tables/confounding.ts'
import { evidence } from '../tables/evidence.ts'
import { performance } from '../tables/performance.ts'
import type { Columns, RowOf } from '../tables/table.ts'
import { maybeReadDocument, writeDocument } from './documents.ts'
import { modelOrigin } from './manifest.ts'

const maybeNumber = z.number().nullable()

const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).readonly()

const cellSchemas = { varchar: z.string(), timestamp: z.string(), double: z.number(), bigint: z.int() }

/** Rows as the tables have them. */
function rowOf<Specs extends Columns>(specs: Specs): z.ZodType<RowOf<Specs>> {
  const cells = Object.entries(specs).map(([key, { type, isNullable }]) => {
    const cell: z.ZodType = isNullable ? cellSchemas[type].nullable() : cellSchemas[type]
    return [key, key in childColumns ? cell.default(null) : cell] as const
  })
  return z.strictObject(Object.fromEntries(cells)) as unknown as z.ZodType<RowOf<Specs>>
}

const methodRows: z.ZodType<MethodRows> = z.strictObject({
  method: z.string(),
  rows: list(rowOf(creditColumns)),
  channels: list(rowOf(channelInterval)).nullable(),
  campaigns: list(rowOf(campaignInterval)).optional(),
})

/** One bar of a calibration curve: held-out examples by predicted probability. */
const calibrationBin = z.strictObject({
  examples: z.number(),
  predicted: z.number(),
  observed: z.number(),
  lower: z.number(),
  upper: z.number(),
})

const signal = z.strictObject({
  /** Twice the gain in log likelihood. */
  statistic: z.number(),
  /** (1 + permutations that reach the statistic) / (1 + draws). */
  pValue: z.number(),
  draws: z.int(),
  conversions: z.number(),
  windows: z.number(),
  hasSignal: z.boolean(),
  verdict: z.string(),
})

const stamped = {
  schemaVersion: z.literal(1),
  runId: z.string(),
  sessionTime: z.string(),
  /** CRC32C of the export's manifest, by which a document says what export it belongs to. */
  exportCrc32c: z.int(),
}

/** An amount of conversions and its standard error. */
const estimate = z.strictObject({ conversions: z.number(), deviation: z.number() })

/** What is known of causes from elsewhere, and what it does to the hazard model's credit. */
const knownCauses = z.strictObject({
  /** Channels that cause nothing, and what the model credits them with. */
  placebos: list(z.strictObject({ channel: z.string(), conversions: z.number() })),
  /** Of a channel, or of several that were tested together: what the model says, the experiments, and both. */
  experiments: list(
    z.strictObject({
      channels: list(z.string()),
      model: estimate,
      experiment: estimate,
      calibrated: estimate,
    }),
  ),
  /** The channel to test next, and the users that takes; null where there is none to test. */
  /** What to test next: its conversions, and the users that an experiment of `days` days takes. */
  next: z
    .strictObject({ channel: z.string(), conversions: z.number(), users: z.number(), days: z.number() })
    .nullable(),
})

const shapleyDocument = z.strictObject({
  ...stamped,
  kind: z.literal('shapley'),
  /** The run whose model this is, where it is not the run's own. */
  modelFrom: modelOrigin.optional(),
  /** The first one fills `shapley` and `shapley_channel`. */
  methods: z.array(methodRows).min(1).readonly(),
  signal: signal.nullable(),
  evidence: list(rowOf(evidence.columns)),
  confounding: list(rowOf(confounding.columns)),
  /** Conversions by what two channels have together, most first; half of them is in the credit of each. */
  pairs: list(
    z.strictObject({ channels: z.tuple([z.string(), z.string()]).readonly(), conversions: z.number() }),
  ),
  known: knownCauses,
  /** By model: `stacked`, `bilstm`, `hazard`. */
  calibration: list(z.strictObject({ model: z.string(), bins: list(calibrationBin) })),
  /** `--if-exists ignore` left the attribution table as it was: later steps leave it too. */
  attributionSkipped: z.boolean(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  findings: list(findingType),
  version: z.string(),
})

const pathRow = z.strictObject({
  /** Channels in the order of the touches; empty: no touch. */
  channels: list(z.string()),
  /** Credited conversions and their value. */
  conversions: z.number(),
  value: maybeNumber,
  learnedConversions: z.number(),
  /** Paths of these channels that led to no conversion. */
  nullPaths: z.number(),
})

/** How ways to a conversion look, over all paths: see `comparison/journeys.ts`. */
const journeys = z.strictObject({
  lengths: list(z.strictObject({ touches: z.int(), conversions: z.number(), nullPaths: z.number() })),
  channels: list(z.string()),
  flows: list(
    z.strictObject({
      touchesBefore: z.int(),
      from: z.string().nullable(),
      previous: z.string().nullable(),
      conversions: z.number(),
    }),
  ),
})

const comparisonDocument = z.strictObject({
  ...stamped,
  kind: z.literal('comparison'),
  methods: list(methodRows),
  markov: z.strictObject({
    chosenOrder: z.int(),
    nullPaths: z.boolean(),
    orders: list(
      z.strictObject({ order: z.int(), auc: maybeNumber, penalisedAuc: maybeNumber, states: z.int() }),
    ),
    removalEffects: list(z.strictObject({ channel: z.string(), effect: z.number() })),
  }),
  /** The commonest paths, those with the most conversions first. */
  paths: list(pathRow),
  /** Absent in documents of earlier versions. */
  journeys: journeys.optional(),
  /** `--if-exists ignore` left the attribution table as it was: later steps leave it too. */
  attributionSkipped: z.boolean().optional(),
  findings: list(findingType),
})

const performanceDocument = z.strictObject({
  ...stamped,
  kind: z.literal('performance'),
  rows: list(rowOf(performance.columns)),
  /** `--if-exists ignore` left the table as it was: later steps leave it too. */
  tableSkipped: z.boolean().optional(),
})

/** Of touchpoints that were simulated: what caused the conversions within the lookback window. */
const truthDocument = z.strictObject({
  ...stamped,
  kind: z.literal('truth'),
  baseline: z.number(),
  channels: list(z.strictObject({ channel: z.string(), conversions: z.number() })),
})

export type KnownCausesResult = z.infer<typeof knownCauses>
export type SignalVerdict = z.infer<typeof signal>
export type JourneysResult = z.infer<typeof journeys>
export type PathRow = z.infer<typeof pathRow>
/** What `shapley` leaves for the steps after it. */
export type ShapleyDocument = z.infer<typeof shapleyDocument>
/** What `compare` leaves. */
export type ComparisonDocument = z.infer<typeof comparisonDocument>
/** What the last step with a spend table leaves. */
export type PerformanceDocument = z.infer<typeof performanceDocument>
/** What `demo` leaves: the truth of simulated touchpoints. */
export type TruthDocument = z.infer<typeof truthDocument>

interface Documents {
  readonly shapley: ShapleyDocument
  readonly comparison: ComparisonDocument
  readonly performance: PerformanceDocument
  readonly truth: TruthDocument
}

const documents: { readonly [Kind in keyof Documents]: z.ZodType<Documents[Kind]> } = {
  shapley: shapleyDocument,
  comparison: comparisonDocument,
  performance: performanceDocument,
  truth: truthDocument,
}

const nameOf = (kind: keyof Documents) => `results/${kind}.json`

/** Leaves a step's results in the shared storage, whole or not at all. */
export async function writeResult<Kind extends keyof Documents>(
  storage: Storage,
  document: Documents[Kind] & { readonly kind: Kind },
): Promise<void> {
  await writeDocument(storage, nameOf(document.kind), documents[document.kind], document)
}

/**
 * @returns the results of a step on this export; undefined where there are none, or those of another export.
 * @throws {DataError} for a document that this version does not write.
 */
export async function readResult<Kind extends keyof Documents>(
  storage: Storage,
  kind: Kind,
  exportCrc32c: number,
): Promise<Documents[Kind] | undefined> {
  const isOfExport = (written: unknown) => isOrUnknown(written, exportCrc32c)
  const read = await maybeReadDocument(
    storage,
    nameOf(kind),
    documents[kind],
    'run the step again',
    isOfExport,
  )
  return read?.content
}

/** An earlier version may have left results of its own export, which nothing depends on. */
function isOrUnknown(written: unknown, exportCrc32c: number): boolean {
  const its = z.object({ exportCrc32c: z.int() }).safeParse(written)
  return !its.success || its.data.exportCrc32c === exportCrc32c
}
