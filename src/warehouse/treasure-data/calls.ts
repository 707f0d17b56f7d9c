import type { Logger } from '../../logger.ts'
import { callError, isNoApi } from './call-error.ts'
import { CallFailure } from './call-failure.ts'
import type { Endpoint } from './endpoint.ts'

/** Waits; rejects with the signal's reason where it comes first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>

/** One call of the API: how it is sent, what its answer means. */
export interface Call<T> {
  /** Method and path, as it stands in errors and logs. */
  readonly name: string
  /** One attempt. @throws {CallFailure} */
  readonly send: (signal: AbortSignal | undefined) => Promise<unknown>
  /** Makes the answer of the body. @throws where the body lacks it: the answer is then broken. */
  readonly read: (body: unknown) => T
  /** @returns an answer where a refusal is one, such as 404 for what is to be removed. */
  readonly accept?: (failure: CallFailure) => Answer<T> | undefined
  /** Looked at before a call is repeated that may have had its effect, since it must not have it twice. */
  readonly alreadyDone?: () => Promise<Answer<T> | undefined>
}

/** In a box, since `undefined` can be an answer. */
export interface Answer<T> {
  readonly value: T
}

/** What repeating a call needs of the world. */
export interface RetryWorld {
  readonly endpoint: Endpoint
  readonly sleep: Sleep
  /** A number in [0, 1). */
  readonly random: () => number
  readonly wallClockSec: () => number
  readonly logger: Logger
  readonly attempts: number
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 60_000
/** A server that wants more patience than this is given up. */
const LONGEST_RETRY_AFTER_MS = 300_000

/** Makes calls, each as often as it takes and is worth it. */
export class Caller {
  readonly #world: RetryWorld
  #hasAnswered = false

  constructor(world: RetryWorld) {
    this.#world = world
  }

  /**
   * @returns the call's answer, after up to `attempts` attempts with full jitter between 0 and 0.5, 1, 2 .. 60 s
   *   (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), longer where Retry-After says so.
   * @throws {RemoteError} naming call, status and attempts, {ConfigError} where key or server are wrong, or the signal's
   *   reason.
   */
  async call<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
    let isUncertain = false
    for (let attempt = 1; ; attempt++) {
      if (isUncertain) {
        const done = await call.alreadyDone?.()
        if (done) return done.value
      }
      signal?.throwIfAborted()
      const outcome = await this.#attempt(call, signal)
      if (!(outcome instanceof CallFailure)) return outcome.value
      signal?.throwIfAborted()
      if (isUncertain && !outcome.mayRetry) {
        const done = await call.alreadyDone?.()
        if (done) return done.value
      }
      isUncertain ||= outcome.isUncertain
      await this.#waitOrGiveUp(call.name, outcome, attempt, signal)
    }
  }

  async #attempt<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<Answer<T> | CallFailure> {
    let failure: CallFailure
    try {
      const body = await call.send(signal)
      const answer = readAnswer(call, body, this.#world.endpoint.redact)
      if (!(answer instanceof CallFailure)) {
        this.#hasAnswered = true
        return answer
      }
      failure = answer
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error
      failure = error.redacted(this.#world.endpoint.redact)
    }
    const isApi = failure.facts.status !== undefined && !isNoApi(failure)
    this.#hasAnswered ||= isApi
    return (isApi ? call.accept?.(failure) : undefined) ?? failure
  }

  /** @throws where another attempt makes no sense. */
  async #waitOrGiveUp(
    name: string,
    failure: CallFailure,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { endpoint, attempts, sleep, logger } = this.#world
    const waitMs = this.#waitMs(failure, attempt)
    const isHopeless = !failure.mayRetry || (!this.#hasAnswered && failure.facts.code === 'ENOTFOUND')
    if (isHopeless || attempt >= attempts || waitMs > LONGEST_RETRY_AFTER_MS + LONGEST_WAIT_MS) {
      throw callError(endpoint, name, failure, attempt, this.#hasAnswered)
    }
    const { status, detail } = failure.facts
    const facts = { call: name, attempt, status, detail, waitMs: Math.round(waitMs) }
    logger.debug(facts, 'repeated a call to Treasure Data')
    await sleep(waitMs, signal)
  }

  #waitMs(failure: CallFailure, attempt: number): number {
    const longestMs = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS)
    return this.#retryAfterMs(failure.facts.retryAfter) + this.#world.random() * longestMs
  }

  /** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
  #retryAfterMs(retryAfter: string | undefined): number {
    if (retryAfter === undefined) return 0
    if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000
    const atMs = Date.parse(retryAfter)
    return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - this.#world.wallClockSec() * 1000)
  }
}

function readAnswer<T>(
  call: Call<T>,
  body: unknown,
  redact: (text: string) => string,
): Answer<T> | CallFailure {
  try {
    return { value: call.read(body) }
  } catch (error) {
    const shown = typeof body === 'string' ? body.slice(0, 200) : JSON.stringify(body)?.slice(0, 200)
    const facts = { status: 200, detail: `unexpected answer ${shown}`, cause: error }
    return new CallFailure(facts).redacted(redact)
  }
}
