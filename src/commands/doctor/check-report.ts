import { exitCodeOf, Interrupted, messageOf } from '../../errors.ts'
import { describeFinding, type Finding, isRefused } from '../../findings/finding.ts'
import type { FindingCode } from '../../findings/kinds.ts'
import type { Redact } from '../../http/redact.ts'
import type { Logger } from '../../logger.ts'
import type { Effects } from '../effects.ts'
import { formatTextTable } from '../text-table.ts'

/** One check: what was found, and where it failed what to do. */
export interface CheckRow {
  readonly check: string
  /** `found`: something about the data that a person should know; a run goes on. */
  readonly result: 'pass' | 'fail' | 'skipped' | 'found'
  readonly found: string
}

/** What a check that passed found, in words, and for the checks that build on it. */
export interface Checked<T> {
  readonly found: string
  readonly value: T
}

/** That of a DataError. */
const DATA_EXIT_CODE = 3

/** What has to be put right first: options and credentials, data, another system, the program itself. */
const FIRST_TO_MEND = [2, DATA_EXIT_CODE, 4, 1]

/** Collects checks one by one: one that fails is a row, and the others go on. */
export class Report {
  readonly rows: CheckRow[] = []
  readonly #exitCodes = new Set<number>()
  readonly #signal: AbortSignal
  readonly #logger: Logger
  readonly #redact: Redact

  constructor({ signal, logger, redact }: Pick<Effects, 'signal' | 'logger' | 'redact'>) {
    this.#signal = signal
    this.#logger = logger
    this.#redact = redact
  }

  /**
   * @param work throws where the check fails; the message's first line says what was found and what to do.
   * @returns the finding's value, undefined where the check failed.
   * @throws the signal's reason: somebody who stops the doctor wants no further checks.
   */
  async check<T>(check: string, work: () => Promise<Checked<T>>): Promise<T | undefined> {
    this.#signal.throwIfAborted()
    try {
      const { found, value } = await work()
      this.#add({ check, result: 'pass', found })
      return value
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof Interrupted) throw error
      const [found = ''] = messageOf(error).split('\n')
      this.#exitCodes.add(exitCodeOf(error))
      this.#add({ check, result: 'fail', found })
      return undefined
    }
  }

  /** Adds what was noticed about the data; what makes the answer wrong fails unless it is allowed. */
  find(findings: readonly Finding[], allowed: readonly FindingCode[]): void {
    for (const one of findings) {
      const result = isRefused(one, allowed) ? 'fail' : 'found'
      if (result === 'fail') this.#exitCodes.add(DATA_EXIT_CODE)
      this.#add({ check: one.code, result, found: describeFinding(one) })
    }
  }

  skip(check: string, why: string): void {
    this.#add({ check, result: 'skipped', found: why })
  }

  get failed(): number {
    return this.rows.filter(({ result }) => result === 'fail').length
  }

  /** That of the failure that has to be mended first; 0 where nothing failed. */
  get exitCode(): number {
    return FIRST_TO_MEND.find((code) => this.#exitCodes.has(code)) ?? 0
  }

  #add(found: CheckRow): void {
    const row = { ...found, found: this.#redact(found.found) }
    this.rows.push(row)
    this.#logger.info(row, 'checked')
  }
}

/** Of the last column, so that a table fits into most terminals. */
const FOUND_COLUMNS = 88

/** @returns the table of the checks, long findings in several lines, and the counts. */
export function describeReport(rows: readonly CheckRow[]): string {
  const columns = ['check', 'result', 'found, and what to do'].map((heading, at) => {
    return { heading, cell: (cells: readonly string[]) => cells[at] ?? '' }
  })
  const cells = rows.flatMap(({ check, result, found }) => {
    const [first = '', ...others] = wrapText(found)
    return [[check, result, first], ...others.map((line) => ['', '', line])]
  })
  const count = (result: CheckRow['result']) => rows.filter((row) => row.result === result).length
  const found = count('found')
  const counts =
    `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped` +
    (found === 0 ? '' : `, ${found} found in the data`)
  return `${formatTextTable(columns, cells)}\n\n${counts}`
}

/** Breaks between words; a word that is longer stays whole, since it is a path or an address. */
function wrapText(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > FOUND_COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
