import { setTimeout } from 'node:timers/promises'
import { type CreditedDays, creditedDays } from '../artifacts/credited-days.ts'
import type { ExportManifest } from '../artifacts/manifest.ts'
import { readCheckedExport } from '../artifacts/manifest-relations.ts'
import { localDate } from '../examples/local-days.ts'
import type { Finding } from '../findings/finding.ts'
import type { CommonOptions, OptionsOf } from '../options/option-table.ts'
import { resolveInstants } from '../options/resolve.ts'
import { acquireRunLock } from '../storage/run-lock.ts'
import type { Storage } from '../storage/storage.ts'
import {
  checkOutputTables,
  type RunStamp,
  type Stamp,
  tableNames,
  type WritingOptions,
} from '../tables/output-tables.ts'
import type { OutputTable } from '../tables/table.ts'
import { checkSameOptions } from './former-steps.ts'
import type { World } from './world.ts'

const sleep = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal })

/** Seconds that the phases of a step took, and all of it. */
export type Seconds<Phase extends string> = { readonly [Name in Phase | 'total']: number }

/** Does a part of a step's work and adds the seconds that it took to those of the phase. */
export type TimePhase<Phase extends string> = <Result>(
  phase: Phase,
  work: () => Result | Promise<Result>,
) => Promise<Result>

/** What every step returns beside its own. */
export interface Finished<Phase extends string> {
  readonly seconds: Seconds<Phase>
  readonly findings: readonly Finding[]
}

/** What a step has read. */
interface Stamped {
  readonly stamp: RunStamp
}

/** What a step reads, writes and leaves. */
export interface Step<Option extends string, Former extends Stamped, Phase extends string, Left> {
  readonly name: 'export' | 'train' | 'shapley' | 'compare'
  /** The phases that are timed, with the seconds that they start from. */
  readonly phases: Readonly<Record<Phase, 0>>
  /** Reads and checks what earlier steps left, before any work. */
  readonly read: () => Promise<Former>
  /** Tables that the step writes. With `--if-exists error` it does not start if one of them exists. */
  readonly tables: readonly OutputTable<Option>[]
  /** Those that earlier steps of the run have written, which may exist. */
  readonly alreadyWritten?: (former: Former) => readonly OutputTable[]
  /** Everything that changes storage or warehouse, under the step's lock. */
  readonly work: (former: Former, time: TimePhase<Phase>, spent: Record<Phase, number>) => Promise<Left>
  /** The log event at the end of the step. */
  readonly message: string
  readonly facts: (left: Left) => Readonly<Record<string, unknown>>
}

/**
 * Runs a step: reads and checks, refuses tables that can't be written, takes the step's lock, works, logs, and always releases the
 * lock.
 * @returns what the work left, the seconds that the step took, and what it noticed about the data.
 * @throws {DataError} if a table exists that must not, or another process holds the lock.
 */
export async function runStep<Option extends string, Former extends Stamped, Phase extends string, Left>(
  options: WritingOptions<NoInfer<Option>>,
  world: World,
  step: Step<Option, Former, Phase, Left>,
): Promise<Left & Finished<Phase>> {
  const { warehouse, storage, findings, now, logger } = world
  const startedMs = now()
  findings.clear()
  findings.add(warehouse.findings ?? [])
  const former = await step.read()
  const written = step.alreadyWritten?.(former) ?? []
  const made = step.tables.filter((table) => !written.includes(table))
  await checkOutputTables(warehouse, options.ifExists, tableNames(made, options))
  const lock = { ...world, runId: former.stamp.runId, step: step.name, onLost: world.stop, sleep }
  const release = await acquireRunLock(storage, lock)
  try {
    const spent: Record<Phase, number> = { ...step.phases }
    const time: TimePhase<Phase> = async (phase, work) => {
      const startedPhaseMs = now()
      const result = await work()
      spent[phase] += (now() - startedPhaseMs) / 1000
      return result
    }
    const left = await step.work(former, time, spent)
    const seconds = { ...spent, total: (now() - startedMs) / 1000 }
    logger.info({ ...step.facts(left), seconds }, step.message)
    return { ...left, seconds, findings: findings.list }
  } finally {
    await release()
  }
}

/** The export that a later step continues from. */
export interface Exported {
  readonly manifest: ExportManifest
  /** Of the manifest's bytes: documents of later steps name their export by it. */
  readonly crc32c: number
  /** Of the tables that this step writes. */
  readonly stamp: Stamp & CreditedDays
}

/** The options of a step after the export; one that writes no rows has no stamp. */
export type ExportedOptions = CommonOptions & Partial<Pick<OptionsOf<'train'>, 'runId' | 'sessionTime'>>

/**
 * @returns the export in storage, and the stamp of this step: the export's run id and session time unless it was given others.
 * @throws {DataError} if there is no export, or it was made with other options.
 */
export async function readExported(options: ExportedOptions, storage: Storage): Promise<Exported> {
  const { manifest, crc32c } = await readCheckedExport(storage)
  const resolved = resolveInstants(options, {
    timeZone: manifest.options.timeZone,
    sessionSec: secondsOf(manifest.sessionTime),
  })
  checkSameOptions(resolved, manifest)
  const { runId = manifest.runId, sessionTime } = resolved
  const run = { runId, sessionTime: sessionTime === undefined ? manifest.sessionTime : isoTime(sessionTime) }
  return { manifest, crc32c, stamp: stampOf(manifest, run) }
}

function stampOf(manifest: ExportManifest, run: RunStamp): Stamp & CreditedDays {
  const { conversionType, timeZone } = manifest.options
  const sessionDate = localDate(timeZone, secondsOf(run.sessionTime))
  return { ...run, sessionDate, ...creditedDays(manifest), conversionType }
}

/** @param time ISO 8601. @returns unix seconds. */
export function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000)
}

/** @returns unix seconds as ISO 8601. */
export function isoTime(sec: number): string {
  return new Date(sec * 1000).toISOString()
}

/** The run and the export that a document belongs to. */
interface DocumentOrigin extends Pick<Exported, 'crc32c'> {
  readonly stamp: RunStamp
}

/** @returns the fields that every document of a step starts with. */
export function headOf({ stamp, crc32c }: DocumentOrigin) {
  const { runId, sessionTime } = stamp
  return { schemaVersion: 1, runId, sessionTime, exportCrc32c: crc32c } as const
}
