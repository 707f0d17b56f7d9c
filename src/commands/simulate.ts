import { constants, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ConfigError } from '../errors.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { usableProcessors } from '../processors.ts'
import { type CsvPiece, simulateCsv } from '../simulation/csv-blocks.ts'
import { describeExperiment } from '../simulation/experiment.ts'
import { BlockSum } from '../simulation/simulate.ts'
import { CSV_HEADER, CSV_HEADER_WITH_CAMPAIGNS } from '../simulation/touchpoint-csv.ts'
import type { SimulationTruth } from '../simulation/truth.ts'
import { makeDirectories } from '../storage/local/directories.ts'
import { errorCode } from '../storage/local/errors.ts'
import { convertCsv } from '../warehouse/duckdb/convert-csv.ts'
import { duckDb, maybeDuckDbFile } from '../warehouse/duckdb/kind.ts'
import { inDataDirectory } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber } from './text-table.ts'

/** Simulated days start here, so that a seed gives the same file on any day: 2026-01-01T00:00:00Z. */
const startAtSec = 1_767_225_600

type SimulationOptions = Omit<OptionsOf<'simulate'>, 'format' | 'logLevel'>

/** What was simulated and where it is. */
export interface Simulated {
  readonly rows: number
  readonly truth: SimulationTruth
  readonly output: string
  readonly truthFile: string
}

/** `td-mta simulate`: writes touchpoints with known causes to a file, or to a table in a DuckDB file. */
export async function runSimulate(options: OptionsOf<'simulate'>, effects: Effects): Promise<CommandResult> {
  const simulated = await simulate(options, effects)
  const { truth } = simulated
  const text = [
    `wrote ${formatNumber(simulated.rows)} touchpoints of ${formatNumber(options.users)} users to ${simulated.output}`,
    `  ${formatNumber(truth.conversions)} conversions, ${formatNumber(truth.baseline.conversions)} of them not caused by any touch`,
    ...(truth.experiment === null ? [] : [`  ${describeExperiment(truth.experiment)}`]),
    `  the truth is in ${simulated.truthFile}`,
  ].join('\n')
  return { text, json: { ...simulated } }
}

/**
 * Streams the touchpoints out and writes the truth next to them.
 * @throws {ConfigError} if there is no place to write them.
 */
export async function simulate(options: SimulationOptions, effects: Effects): Promise<Simulated> {
  const target = targetOf(options)
  const { users, days, variant, seed, campaigns } = options
  const simulated = { users, days, variant, seed, startAtSec, campaigns }
  const sum = new BlockSum(simulated)
  const threads = options.threads ?? usableProcessors()
  await writeTarget(target, addingUp(simulateCsv(simulated, threads), sum), options, threads, effects)
  const truthFile = resolve(options.truth ?? inDataDirectory(options, 'truth.json'))
  const truth = sum.truth()
  await atWritablePlace('--truth (TRUTH)', truthFile, async () => {
    await makeDirectories(dirname(truthFile))
    await writeNow(truthFile, `${JSON.stringify(truth, null, 2)}\n`)
  })
  return { rows: truth.rows, truth, output: target.shown, truthFile }
}

type Target =
  | { readonly kind: 'csv' | 'parquet'; readonly path: string; readonly shown: string }
  | {
      readonly kind: 'table'
      readonly path: string
      readonly shown: string
      readonly options: SimulationOptions
    }

function targetOf(options: SimulationOptions): Target {
  const { output } = options
  if (output !== undefined) {
    const [, extension] = /\.(csv|parquet)$/.exec(output) ?? []
    const kind = extension === 'csv' || extension === 'parquet' ? extension : undefined
    if (kind === undefined)
      throw new ConfigError(`--output (OUTPUT) is "${output}": it must end in .csv or .parquet`)
    const path = resolve(output)
    return { kind, path, shown: path }
  }
  const { warehouse } = options
  if (!duckDb.matches(warehouse)) {
    throw new ConfigError(`--warehouse (WAREHOUSE) is "${warehouse}": duckdb or duckdb:FILE is needed`)
  }
  const file = maybeDuckDbFile(warehouse)
  if (file === undefined) {
    throw new ConfigError(
      'nowhere to write to: set --output (OUTPUT) to FILE.csv or FILE.parquet, or --warehouse (WAREHOUSE) to duckdb:FILE',
    )
  }
  const path = resolve(file)
  return { kind: 'table', path, options, shown: `table ${options.db}.${options.table} in ${path}` }
}

/** @returns the lines, whose causes are added up on the way. */
async function* addingUp(pieces: AsyncIterable<CsvPiece>, sum: BlockSum): AsyncGenerator<Uint8Array> {
  for await (const { csv, numbers } of pieces) {
    if (numbers !== undefined) sum.add(numbers)
    yield csv
  }
}

/** The target is written completely or not at all. */
async function writeTarget(
  target: Target,
  lines: AsyncIterable<Uint8Array>,
  { campaigns }: Pick<SimulationOptions, 'campaigns'>,
  threads: number,
  effects: Effects,
): Promise<void> {
  const partial = `${target.path}.${effects.uniqueSuffix()}.partial`
  try {
    await atWritablePlace('--output (OUTPUT)', target.path, async () => {
      await makeDirectories(dirname(target.path))
      const header = campaigns === undefined ? CSV_HEADER : CSV_HEADER_WITH_CAMPAIGNS
      await writeCsv(partial, header, lines, effects.signal)
      if (target.kind === 'csv') await rename(partial, target.path)
      else await convertCsv(partial, conversionTarget(target), threads, campaigns !== undefined)
    })
  } finally {
    await rm(partial, { force: true })
  }
}

function conversionTarget(target: Target) {
  if (target.kind !== 'table') return { parquet: target.path }
  const { db, table, ifExists } = target.options
  return { file: target.path, table: { database: db, table }, ifExists }
}

async function writeCsv(
  path: string,
  header: string,
  lines: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  async function* whole() {
    yield header
    yield* lines
  }
  await pipeline(whole, createWriteStream(path), { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

/** Never waits, as for a pipe that nobody reads: not even a signal could end that. */
async function writeNow(path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

/** Turns errors of the file system into messages that name the option. */
async function atWritablePlace<T>(label: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new ConfigError(
      `${label}: ${path} can't be written (${code}): free up space or choose another place`,
      {
        cause: error,
      },
    )
  }
}
