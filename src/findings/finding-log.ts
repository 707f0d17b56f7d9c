import type { Logger } from '../logger.ts'
import { distinctFindings, type Finding, refuseErrors } from './finding.ts'
import type { FindingCode } from './kinds.ts'

/** What the steps of one process notice about the data: each finding is logged once, as a warning. */
export class FindingLog {
  #list: readonly Finding[] = []
  readonly #logged = new Set<string>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** The findings of the present step, in order. */
  get list(): readonly Finding[] {
    return this.#list
  }

  /** Begins a step. */
  clear(): void {
    this.#list = []
  }

  add(findings: readonly Finding[]): void {
    this.#list = distinctFindings(this.#list, findings)
    for (const one of findings) this.#log(one)
  }

  /** @throws {DataError} with the findings that make the answer wrong, unless they are allowed. */
  refuseErrors(allowed: readonly FindingCode[]): void {
    refuseErrors(this.#list, allowed)
  }

  #log({ code, what, ...facts }: Finding): void {
    const name = `${code} ${what}`
    if (this.#logged.has(name)) return
    this.#logged.add(name)
    this.#logger.warn({ finding: code, ...facts }, what)
  }
}
