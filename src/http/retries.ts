import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { sayWhile } from '../say-while.ts'
import { HttpFailure } from './failure.ts'

/** How often, how long and how patiently a call is tried. */
export interface RetryPolicy {
  /** Attempts of one call. */
  readonly attempts: number
  /** Attempts where nobody is there, nor has ever answered: a wrong address should be reported within seconds. */
  readonly attemptsUnanswered: number
  /** The pause after the first failure, doubled after each one up to `longestPauseMs`; half to all of it is waited. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** A server that asks for more by Retry-After is given up. */
  readonly longestRetryAfterMs: number
  /** All pauses of one call together. */
  readonly longestWaitMs: number
  /** All pauses of a patient call together; 0: such calls are tried as any other. */
  readonly patienceMs: number
  /** An answer that sends nothing for this long is given up. */
  readonly silenceMs: number
  /** What is sent gets as much more time as this slow a line needs for it. */
  readonly slowestBytesPerMs: number
}

/** 24 to 48 s of pauses where a server fails, up to ten minutes where it asks for patience. */
export const usualPolicy: RetryPolicy = {
  attempts: 8,
  attemptsUnanswered: 3,
  firstPauseMs: 500,
  longestPauseMs: 16_000,
  longestRetryAfterMs: 300_000,
  longestWaitMs: 600_000,
  patienceMs: 900_000,
  silenceMs: 60_000,
  slowestBytesPerMs: 64,
}

/**
 * For a call about work that goes on whatever becomes of the call: giving up would throw hours of work away. Official
 * clients ask for ten minutes: https://github.com/treasure-data/td-client-python/blob/master/tdclient/api.py
 * @returns the policy by which it is tried for as long as it takes, within `patienceMs`.
 */
export function patientPolicy(policy: RetryPolicy): RetryPolicy {
  const { patienceMs } = policy
  if (patienceMs === 0) return policy
  return {
    ...policy,
    attempts: Number.POSITIVE_INFINITY,
    longestRetryAfterMs: patienceMs,
    longestWaitMs: patienceMs,
  }
}

/** @returns the longest wait for the answer to a request with that many bytes. */
export function sendLimitMs({ silenceMs, slowestBytesPerMs }: RetryPolicy, bytes: number): number {
  return Math.ceil(silenceMs + bytes / slowestBytesPerMs)
}

/** Waits; rejects with the signal's reason if that comes first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>

/** The real {@link Sleep}. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal ? { signal } : {})
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** What repeating calls to a system needs. */
export interface RetryWorld {
  /** For logs, such as `Treasure Data`. */
  readonly system: string
  readonly policy: RetryPolicy
  readonly logger: Logger
  /** Unix seconds: Retry-After may be a date. */
  readonly wallClockSec: () => number
  readonly sleep: Sleep
}

/** The attempts of one call, or of one transfer that goes on where it stopped. */
export interface Attempts {
  /**
   * Waits until the next attempt.
   * @throws {HttpFailure} the failure, with the number of attempts, if there is none; the signal's reason on abort.
   */
  afterFailure(failure: HttpFailure): Promise<void>
  /** Bytes got through: the next failure counts as the first one again. */
  afterProgress(): void
}

/** Above this a person who watches asks what is going on. */
const LONG_PAUSE_MS = 5000

/** Repeats the calls to one system. */
export class Retries {
  readonly #world: RetryWorld
  #hasAnswered = false

  constructor(world: RetryWorld) {
    this.#world = world
  }

  /**
   * Makes a call until it succeeds, or until another attempt can't help or isn't worth it.
   * @param call for logs, such as `GET /v3/job/show/1`.
   * @param attempt has to be safe to repeat after an {@link HttpFailure}; any other error ends the call.
   * @throws {HttpFailure} the last one, with the number of attempts, or the signal's reason.
   */
  async run<T>(
    call: string,
    signal: AbortSignal | undefined,
    attempt: () => Promise<T>,
    policy = this.#world.policy,
  ): Promise<T> {
    const attempts = this.start(call, signal, policy)
    for (;;) {
      signal?.throwIfAborted()
      try {
        const result = await sayWhile((seconds) => {
          this.#world.logger.info(
            { system: this.#world.system, call, seconds },
            'still waiting for an answer',
          )
        }, attempt)
        this.#hasAnswered = true
        return result
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error
        await attempts.afterFailure(error)
      }
    }
  }

  /** For what {@link run} can't do: a transfer that goes on where it stopped. */
  start(call: string, signal: AbortSignal | undefined, policy = this.#world.policy): Attempts {
    const { longestRetryAfterMs, longestWaitMs } = policy
    let attempts = 0
    let waitedMs = 0
    const isPatient = policy.attempts === Number.POSITIVE_INFINITY
    return {
      afterFailure: async (failure) => {
        signal?.throwIfAborted()
        attempts++
        this.#hasAnswered ||= failure.facts.status !== undefined
        if (!failure.mayRetry) throw new HttpFailure({ ...failure.facts, attempts })
        const askedMs = retryAfterMs(failure.facts.retryAfter, this.#world.wallClockSec())
        const pauseMs = askedMs + this.#growingPauseMs(attempts)
        const isTooLong = askedMs > longestRetryAfterMs || waitedMs + pauseMs > longestWaitMs
        if (isTooLong || attempts >= this.#allowed(failure, policy)) {
          const patience = isTooLong || askedMs > 0 ? patienceText(askedMs, waitedMs) : undefined
          throw new HttpFailure({ ...failure.facts, attempts, patience })
        }
        const patience = isPatient ? { givesUpAfterSeconds: inSeconds(longestWaitMs - waitedMs) } : {}
        await this.#pause({ call, attempt: attempts, ...patience }, failure, pauseMs, signal)
        waitedMs += pauseMs
      },
      afterProgress: () => {
        this.#hasAnswered = true
        attempts = 0
        waitedMs = 0
      },
    }
  }

  #allowed({ facts: { kind } }: HttpFailure, { attempts, attemptsUnanswered }: RetryPolicy): number {
    const isAnybodyThere = this.#hasAnswered || (kind !== 'unreachable' && kind !== 'silent')
    return isAnybodyThere ? attempts : Math.min(attempts, attemptsUnanswered)
  }

  /** Between half and all of it: those who failed together come back apart. */
  #growingPauseMs(attempts: number): number {
    const { firstPauseMs, longestPauseMs } = this.#world.policy
    const longestMs = Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs)
    return randomInt(Math.floor(longestMs / 2), Math.floor(longestMs) + 1)
  }

  async #pause(
    known: { readonly call: string; readonly attempt: number; readonly givesUpAfterSeconds?: number },
    failure: HttpFailure,
    pauseMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { system, logger, sleep } = this.#world
    const still = { system, ...known, reason: failure.message }
    const fields = { ...still, seconds: inSeconds(pauseMs) }
    if (pauseMs > LONG_PAUSE_MS) logger.warn(fields, 'call failed: waiting before the next attempt')
    else logger.debug(fields, 'call failed: trying again')
    const say = (seconds: number) => {
      logger.warn(
        { ...still, seconds: inSeconds(pauseMs) - seconds },
        'still waiting before the next attempt',
      )
    }
    await sayWhile(say, () => sleep(pauseMs, signal))
  }
}

function patienceText(askedMs: number, waitedMs: number): string {
  const asked = askedMs > 0 ? `it asks to wait ${inSeconds(askedMs)} s` : 'the limit of all pauses is reached'
  return waitedMs > 0 ? `${asked}, after ${inSeconds(waitedMs)} s of waiting` : asked
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(text: string | undefined, nowSec: number): number {
  if (text === undefined) return 0
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1000
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowSec * 1000)
}
