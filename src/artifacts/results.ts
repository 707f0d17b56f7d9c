import { z } from 'zod'
import { DataError, messageOf } from '../errors.ts'
import type { AttributionRow } from '../shapley/totals.ts'
import type { Storage } from '../storage/storage.ts'

const maybeNumber = z.number().nullable()

const attributionRow: z.ZodType<AttributionRow> = z.strictObject({
  channel: z.string(),
  daysBefore: z.int().nonnegative().nullable(),
  conversions: maybeNumber,
  value: maybeNumber,
  share: maybeNumber,
  standardError: maybeNumber,
  lower: maybeNumber,
  upper: maybeNumber,
})

const methodRows = z.strictObject({
  /** As in the `attribution` table, such as `shapley_bilstm` or `markov_2`. */
  method: z.string(),
  rows: z.array(attributionRow),
  /** Intervals of what a channel has over all its days (sums of intervals would be too wide); by sampling noise. */
  channels: z.array(z.strictObject({ channel: z.string(), lower: z.number(), upper: z.number() })).nullable(),
})

const evidenceRow = z.strictObject({
  /** Such as `signal_p_value`, `log_loss_bilstm`, `auc_hazard`. */
  measure: z.string(),
  value: maybeNumber,
  lower: maybeNumber,
  upper: maybeNumber,
  /** A plain sentence, or null where there is nothing to judge. */
  verdict: z.string().nullable(),
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

const shapleyDocument = z.strictObject({
  ...stamped,
  kind: z.literal('shapley'),
  /** The first one fills `shapley` and `shapley_channel`. */
  methods: z.array(methodRows).min(1),
  signal: signal.nullable(),
  evidence: z.array(evidenceRow),
  /** By model, such as `bilstm` and `hazard`. */
  calibration: z.array(z.strictObject({ model: z.string(), bins: z.array(calibrationBin) })),
  /** `--if-exists ignore` left the attribution table as it was: later steps leave it too. */
  attributionSkipped: z.boolean(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  version: z.string(),
})

const pathRow = z.strictObject({
  /** Channels in the order of the touches; empty: no touch. */
  channels: z.array(z.string()),
  conversions: z.number(),
  /** Paths of these channels that led to no conversion. */
  nullPaths: z.number(),
  value: maybeNumber,
})

const comparisonDocument = z.strictObject({
  ...stamped,
  kind: z.literal('comparison'),
  methods: z.array(methodRows),
  markov: z.strictObject({
    chosenOrder: z.int(),
    nullPaths: z.boolean(),
    orders: z.array(
      z.strictObject({ order: z.int(), auc: maybeNumber, penalisedAuc: maybeNumber, states: z.int() }),
    ),
    removalEffects: z.array(z.strictObject({ channel: z.string(), effect: z.number() })),
  }),
  /** The commonest paths, those with the most conversions first. */
  paths: z.array(pathRow),
})

const performanceRow = z.strictObject({
  method: z.string(),
  channel: z.string(),
  conversions: maybeNumber,
  value: maybeNumber,
  spend: z.number(),
  costPerConversion: maybeNumber,
  returnOnAdSpend: maybeNumber,
  /** Of cost per conversion. */
  lower: maybeNumber,
  upper: maybeNumber,
})

const performanceDocument = z.strictObject({
  ...stamped,
  kind: z.literal('performance'),
  rows: z.array(performanceRow),
  /** `--if-exists ignore` left the table as it was: later steps leave it too. */
  tableSkipped: z.boolean().optional(),
})

/** Of touchpoints that were simulated: what caused the conversions within the lookback window. */
const truthDocument = z.strictObject({
  ...stamped,
  kind: z.literal('truth'),
  baseline: z.number(),
  channels: z.array(z.strictObject({ channel: z.string(), conversions: z.number() })),
})

/** Rows that one method has in `attribution`. */
export type MethodRows = z.infer<typeof methodRows>
export type EvidenceRow = z.infer<typeof evidenceRow>
export type SignalVerdict = z.infer<typeof signal>
export type PathRow = z.infer<typeof pathRow>
export type PerformanceRow = z.infer<typeof performanceRow>
/** What `shapley` leaves for the steps after it. */
export type ShapleyDocument = z.infer<typeof shapleyDocument>
/** What `compare` leaves. */
export type ComparisonDocument = z.infer<typeof comparisonDocument>
/** What the last step with a spend table leaves. */
export type PerformanceDocument = z.infer<typeof performanceDocument>

const documents = {
  shapley: shapleyDocument,
  comparison: comparisonDocument,
  performance: performanceDocument,
  truth: truthDocument,
} as const

type Documents = { readonly [Kind in keyof typeof documents]: z.infer<(typeof documents)[Kind]> }

const nameOf = (kind: keyof Documents) => `results/${kind}.json`

/** Leaves a step's results in the shared storage, whole or not at all. */
export async function writeResult<Kind extends keyof Documents>(
  storage: Storage,
  document: Documents[Kind] & { readonly kind: Kind },
): Promise<void> {
  const checked = documents[document.kind].parse(document)
  await storage.write(nameOf(document.kind), [new TextEncoder().encode(`${JSON.stringify(checked)}\n`)])
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
  const bytes = await storage.read(nameOf(kind))
  if (bytes === undefined) return undefined
  const document = parse(documents[kind], `${storage.location}/${nameOf(kind)}`, bytes) as Documents[Kind]
  return document.exportCrc32c === exportCrc32c ? document : undefined
}

function parse(schema: z.ZodType, place: string, bytes: Uint8Array): unknown {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (error) {
    const problem = error instanceof z.ZodError ? error.issues[0]?.message : messageOf(error)
    throw new DataError(`${place} is not as this version writes it (${problem}): run the step again`, {
      cause: error,
    })
  }
}
