import { createHash } from 'node:crypto'
import type { TableName } from './warehouse.ts'

/** What a temporary table holds: the new rows, what their query joins with, the table of before, or nothing but its name: a sign of life, or who holds a lock. */
export type TemporaryKind = 'tmp' | 'lookup' | 'former' | 'lease' | 'lock'

/** What the name of a temporary table says. */
export interface TemporaryName {
  readonly name: string
  readonly kind: TemporaryKind
  /** Twelve hexadecimal digits that no other write of tables has. */
  readonly owner: string
  /** Unix seconds. */
  readonly madeAtSec: number
}

/** Gives the temporary tables of one write their names. */
export type NameTemporary = (target: TableName, kind: TemporaryKind) => TableName

/** What an owner has made is left over once it has made no new name for so long. */
export const LEASE_SEC = 3600

/** Treasure Data and Hive allow 128 characters, of which kind, owner, time and code take 38. */
const LONGEST_TARGET = 90
const MARKED = /^(.+)_(tmp|lookup|former|lease|lock)_([0-9a-f]{12})_([0-9a-f]{8})_([0-9a-f]{8})$/

/**
 * Names are `<table>_<kind>_<owner>_<time>_<code>`. The code is a checksum of the rest, so that nobody else's table is ever
 * taken for ours; letters, digits and underscores are all that some connectors allow.
 * @param owner twelve hexadecimal digits.
 */
export function temporaryNames(owner: string, madeAtSec: number): NameTemporary {
  const time = Math.floor(madeAtSec).toString(16).padStart(8, '0')
  return ({ database, table }, kind) => {
    const marked = `${shortened(table)}_${kind}_${owner}_${time}`
    return { database, table: `${marked}_${codeOf(marked)}` }
  }
}

/** @returns an owner of temporary tables. @param unique a text that no other owner has. */
export function ownerOf(unique: string): string {
  return hash(unique, 12)
}

/** @returns what a name says, undefined for a table that is not one of ours. */
export function readTemporaryName(name: string): TemporaryName | undefined {
  const [, , kind, owner = '', time = '', code] = MARKED.exec(name) ?? []
  if (kind === undefined || codeOf(name.slice(0, -9)) !== code) return undefined
  return { name, kind: kind as TemporaryKind, owner, madeAtSec: Number.parseInt(time, 16) }
}

/** @returns whether a temporary table is there for the sake of the target. */
export function isTemporaryOf({ name }: TemporaryName, target: string): boolean {
  return MARKED.exec(name)?.[1] === shortened(target)
}

/**
 * @param name of a temporary table, which need not be there any more. @param names of all tables of its database.
 * @returns whether its owner has shown a sign of life within the last `leaseSec`.
 */
export function isAlive(name: string, names: readonly string[], nowSec: number, leaseSec: number): boolean {
  const owner = readTemporaryName(name)?.owner
  const seenSec = [name, ...names]
    .map(readTemporaryName)
    .map((found) => (found?.owner === owner ? found?.madeAtSec : undefined) ?? 0)
  return nowSec - Math.max(...seenSec) <= leaseSec
}

/**
 * @param targets tables that are to be written. @param names of all tables of their database.
 * @returns the temporary tables that dead owners left of these targets.
 */
export function leftOversOf(
  targets: readonly string[],
  names: readonly string[],
  nowSec: number,
): readonly TemporaryName[] {
  const temporary = names.map(readTemporaryName).filter((found) => found !== undefined)
  const seenSec = new Map<string, number>()
  for (const { owner, madeAtSec } of temporary) {
    seenSec.set(owner, Math.max(madeAtSec, seenSec.get(owner) ?? 0))
  }
  return temporary.filter(
    (found) =>
      nowSec - (seenSec.get(found.owner) ?? nowSec) > LEASE_SEC &&
      targets.some((target) => isTemporaryOf(found, target)),
  )
}

function shortened(table: string): string {
  return table.length <= LONGEST_TARGET ? table : `${table.slice(0, LONGEST_TARGET - 13)}_${hash(table, 12)}`
}

function codeOf(marked: string): string {
  return hash(`td-mta temporary ${marked}`, 8)
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
