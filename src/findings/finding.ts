import { z } from 'zod'
import { DataError } from '../errors.ts'
import { type FindingCode, type FindingKind, findingKinds } from './kinds.ts'

const codes = Object.keys(findingKinds) as [FindingCode, ...FindingCode[]]

/** A kind of finding by its name. */
export const findingCode = z.enum(codes).describe('finding')

/** A finding as manifests, results and `--format json` hold it. */
export const findingType = z.strictObject({
  code: findingCode,
  severity: z.enum(['warning', 'error']),
  /** How many rows, files or names it concerns, as `counts` says. */
  count: z.int().positive(),
  counts: z.enum(['rows', 'files', 'names', 'users', 'days', 'conversions']),
  /** The first of them; null where there is nothing to show. */
  example: z.string().nullable(),
  /** What was found. */
  what: z.string(),
  /** What it does to the answer. */
  effect: z.string(),
  /** What to do. */
  remedy: z.string(),
})

/** Something that was noticed about the data: what, how often, the first example, what it does, what to do. */
export type Finding = Readonly<z.infer<typeof findingType>>

interface Found {
  readonly count: number
  readonly example?: string | null | undefined
  /** A phrase that goes on after the count, such as `have no user`. */
  readonly what: string
  /** Where it is not that of the kind. */
  readonly severity?: Finding['severity']
  /** What to do, where more is known than the kind says. */
  readonly remedy?: string
}

const LONGEST_EXAMPLE = 120

/** @returns a finding of a declared kind. */
export function finding(
  code: FindingCode,
  { count, example = null, what, severity, remedy }: Found,
): Finding {
  const kind: FindingKind = findingKinds[code]
  return {
    code,
    severity: severity ?? kind.severity,
    count,
    counts: kind.counts,
    example: example === null ? null : example.slice(0, LONGEST_EXAMPLE),
    what: `${count.toLocaleString('en-US')} ${count === 1 ? singular(kind.counts) : kind.counts} ${what}`,
    effect: kind.effect,
    remedy: remedy ?? kind.remedy,
  }
}

function singular(counts: FindingKind['counts']): string {
  return counts.slice(0, -1)
}

/** @returns the finding in one sentence: what, the first example, what it does, what to do. */
export function describeFinding(found: Finding): string {
  return `${withExample(found)}: ${found.effect}; ${found.remedy}`
}

/** @returns a heading and three lines for each finding, for readers; nothing without a finding. */
export function describeFindings(findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return []
  const lines = findings.flatMap((found) => [
    `  ${found.code}: ${withExample(found)}`,
    `    ${found.effect}`,
    `    ${found.remedy}`,
  ])
  return ['found in the data:', ...lines]
}

function withExample({ what, example }: Finding): string {
  const shown = JSON.stringify(example)
  return example === null || what.includes(shown) ? what : `${what}, such as ${shown}`
}

/** @returns the findings without repetitions, in order. */
export function distinctFindings(...lists: readonly (readonly Finding[])[]): readonly Finding[] {
  const seen = new Map(lists.flat().map((one) => [`${one.code} ${one.what}`, one]))
  return [...seen.values()]
}

/** @returns whether the finding makes the answer wrong, and the user does not accept it. */
export function isRefused({ severity, code }: Finding, allowed: readonly FindingCode[]): boolean {
  return severity === 'error' && !allowed.includes(code)
}

/**
 * @param allowed the kinds that the user accepts.
 * @throws {DataError} with every finding that makes the answer wrong.
 */
export function refuseErrors(findings: readonly Finding[], allowed: readonly FindingCode[]): void {
  const wrong = findings.filter((one) => isRefused(one, allowed))
  if (wrong.length === 0) return
  const list = [...new Set(wrong.map(({ code }) => code))].join(',')
  throw new DataError(
    `${wrong.map((one) => `${one.code}: ${describeFinding(one)}`).join('\n')}\n` +
      `the answer would be wrong, so nothing was changed; --allow-findings ${list} (ALLOW_FINDINGS) goes on nevertheless`,
  )
}
