import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { explainFailure, type FailureFacts, HttpFailure } from '../../src/http/failure.ts'
import { patientPolicy, Retries, type RetryPolicy, sendLimitMs, usualPolicy } from '../../src/http/retries.ts'
import { silentLogger } from '../../src/logger.ts'

const nowSec = 1767323045

/** Repeats calls without waiting. @returns what it waited and logged. */
function startRetries(policy: Partial<RetryPolicy> = {}) {
  const waitsMs: number[] = []
  const logged: { level: string; fields: object; event: string }[] = []
  const log = (level: string) => (fields: object, event: string) => void logged.push({ level, fields, event })
  const retries = new Retries({
    system: 'Trino',
    policy: { ...usualPolicy, ...policy },
    logger: { ...silentLogger, warn: log('warn'), debug: log('debug') },
    wallClockSec: () => nowSec,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      waitsMs.push(ms)
    },
  })
  /** Fails by the failures in turn, then gives the number of attempts. */
  const runWith = (failures: readonly FailureFacts[], signal?: AbortSignal) => {
    let attempts = 0
    return retries.run('GET /page', signal, async () => {
      const facts = failures[attempts++]
      if (facts !== undefined) throw new HttpFailure(facts)
      return attempts
    })
  }
  return { retries, runWith, waitsMs, logged }
}

async function failureOf(work: Promise<unknown>): Promise<HttpFailure> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof HttpFailure) return error
  throw new Error('no failure', { cause: error })
}

const lost: FailureFacts = { kind: 'lost', status: 502, detail: 'Bad Gateway' }
const unreachable: FailureFacts = { kind: 'unreachable', code: 'ECONNREFUSED', detail: 'no answer: refused' }
const busyFor = (retryAfter: string): FailureFacts => ({
  kind: 'busy',
  status: 429,
  detail: 'Too many requests',
  retryAfter,
})
const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value)

describe('the attempts of a call', () => {
  it('are as many as the policy says, and the failure counts them', async () => {
    const { runWith } = startRetries()
    expect(await runWith(times(7, lost))).toBe(8)
    const failure = await failureOf(runWith(times(8, lost)))
    expect(failure.facts).toEqual({ ...lost, attempts: 8, patience: undefined })
  })

  it.each(['refused', 'untrusted'] as const)('end at once where it is %s', async (kind) => {
    const { runWith } = startRetries()
    const failure = await failureOf(runWith([{ kind, detail: 'no' }]))
    expect(failure.facts.attempts).toBe(1)
  })

  it('are few as long as nobody has answered, and as many as for others afterwards', async () => {
    const { runWith } = startRetries()
    expect((await failureOf(runWith(times(9, unreachable)))).facts.attempts).toBe(3)
    expect(await runWith([])).toBe(1)
    expect((await failureOf(runWith(times(9, unreachable)))).facts.attempts).toBe(8)
  })

  it('count anew after progress', async () => {
    const { retries } = startRetries({ attempts: 2 })
    const attempts = retries.start('PUT /part', undefined)
    for (let part = 0; part < 5; part++) {
      await attempts.afterFailure(new HttpFailure(lost))
      attempts.afterProgress()
    }
    await attempts.afterFailure(new HttpFailure(lost))
    await expect(attempts.afterFailure(new HttpFailure(lost))).rejects.toThrow('status 502: Bad Gateway')
  })

  it('end with any error that is no failed call', async () => {
    const { retries } = startRetries()
    const bug = new TypeError('x is undefined')
    await expect(retries.run('GET /page', undefined, () => Promise.reject(bug))).rejects.toBe(bug)
  })

  it("end with the signal's reason", async () => {
    const stop = new AbortController()
    const { runWith, retries } = startRetries()
    const reason = new Error('told to stop')
    const running = retries.run('GET /page', stop.signal, async () => {
      stop.abort(reason)
      throw new HttpFailure(lost)
    })
    await expect(running).rejects.toBe(reason)
    await expect(runWith([], stop.signal)).rejects.toBe(reason)
  })
})

describe('the pauses between attempts', () => {
  it('double up to 16 s, and half of each is up to chance', async () => {
    const { runWith, waitsMs } = startRetries()
    await runWith(times(7, lost))
    for (const [at, ms] of waitsMs.entries()) {
      const longest = Math.min(500 * 2 ** at, 16_000)
      expect(ms).toBeGreaterThanOrEqual(longest / 2)
      expect(ms).toBeLessThanOrEqual(longest)
    }
  })

  it('are as long as the server asks, in seconds or by a date, and then some', async () => {
    const { runWith, waitsMs } = startRetries()
    await runWith([busyFor('7'), busyFor(new Date((nowSec + 9) * 1000).toUTCString()), busyFor('soon')])
    const [first = 0, second = 0, third = 0] = waitsMs
    expect([first >= 7250, first <= 7500]).toEqual([true, true])
    expect([second >= 9500, second <= 10_000]).toEqual([true, true])
    expect([third >= 1000, third <= 2000]).toEqual([true, true])
  })

  it('are said at level warn from five seconds on, with system, reason and seconds', async () => {
    const { runWith, logged, waitsMs } = startRetries()
    await runWith([lost, busyFor('7')])
    expect(logged).toEqual([
      {
        level: 'debug',
        fields: {
          system: 'Trino',
          call: 'GET /page',
          attempt: 1,
          reason: 'status 502: Bad Gateway',
          seconds: Math.round((waitsMs[0] ?? 0) / 100) / 10,
        },
        event: 'call failed: trying again',
      },
      {
        level: 'warn',
        fields: {
          system: 'Trino',
          call: 'GET /page',
          attempt: 2,
          reason: 'status 429: Too many requests',
          seconds: Math.round((waitsMs[1] ?? 0) / 100) / 10,
        },
        event: 'call failed: waiting before the next attempt',
      },
    ])
  })

  it('are not made for a server that asks for more than five minutes', async () => {
    const { runWith, waitsMs } = startRetries()
    const failure = await failureOf(runWith([busyFor('301')]))
    expect(explainFailure(failure, { call: 'trino: reading' })).toEqual(
      new RemoteError('trino: reading failed: status 429: Too many requests; it asks to wait 301 s'),
    )
    expect(waitsMs).toEqual([])
  })

  it('are ten minutes in all at most, and the error says so', async () => {
    const { runWith, waitsMs } = startRetries()
    const failure = await failureOf(runWith(times(8, busyFor('290'))))
    const totalMs = waitsMs.reduce((sum, ms) => sum + ms, 0)
    expect(waitsMs).toHaveLength(2)
    expect(explainFailure(failure, { call: 'trino: reading' })).toEqual(
      new RemoteError(
        'trino: reading failed after 3 attempts: status 429: Too many requests; it asks to wait 290 s, ' +
          `after ${Math.round(totalMs / 100) / 10} s of waiting`,
      ),
    )
  })
})

describe('a failed call as an error', () => {
  it('is a RemoteError that says how often it failed, or that it was refused', () => {
    expect(
      explainFailure(new HttpFailure({ ...lost, attempts: 8 }), { call: 'GET /x', suffix: ' (at y)' }),
    ).toEqual(new RemoteError('GET /x failed after 8 attempts: status 502: Bad Gateway (at y)'))
    expect(
      explainFailure(new HttpFailure({ kind: 'refused', status: 404, detail: 'gone' }), { call: 'GET /x' }),
    ).toEqual(new RemoteError('GET /x was refused: status 404: gone'))
  })

  it('is a ConfigError where a person can set it right', () => {
    const failure = new HttpFailure({ kind: 'refused', status: 401, detail: 'who?' })
    const error = explainFailure(failure, { call: 'GET /x', misconfigured: 'check the key' })
    expect(error).toEqual(new ConfigError('check the key'))
    expect(error.cause).toBe(failure)
  })
})

describe('a patient call', () => {
  const always = async () => {
    throw new HttpFailure(lost)
  }
  const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

  it('is made for ten minutes at least where a server fails, and the log says for how long', async () => {
    const { retries, waitsMs, logged } = startRetries()
    const failure = await failureOf(retries.run('GET /job', undefined, always, patientPolicy(usualPolicy)))
    expect(sumOf(waitsMs)).toBeGreaterThan(600_000)
    expect(sumOf(waitsMs)).toBeLessThanOrEqual(900_000)
    expect(failure.facts.patience).toMatch(
      /^the limit of all pauses is reached, after 8\d\d(\.\d)? s of waiting$/,
    )
    const seconds = logged.map(({ fields }) => Reflect.get(fields, 'givesUpAfterSeconds'))
    expect(seconds[0]).toBe(900)
    expect(seconds).toEqual(seconds.toSorted((one, other) => other - one))
    expect(logged.filter(({ level }) => level === 'warn').length).toBeGreaterThan(30)
  })

  it('waits for a server that asks for ten minutes', async () => {
    const { retries, waitsMs } = startRetries()
    let calls = 0
    const once = async () => {
      if (++calls === 1) throw new HttpFailure(busyFor('600'))
      return 'done'
    }
    expect(await retries.run('GET /job', undefined, once, patientPolicy(usualPolicy))).toBe('done')
    expect(sumOf(waitsMs)).toBeGreaterThanOrEqual(600_000)
  })

  it('ends at once where it is refused, and is as any other where there is no patience', async () => {
    const { retries, waitsMs } = startRetries()
    const refuse = async () => {
      throw new HttpFailure({ kind: 'refused', status: 404, detail: 'no such job' })
    }
    await failureOf(retries.run('GET /job', undefined, refuse, patientPolicy(usualPolicy)))
    expect(waitsMs).toEqual([])
    expect(patientPolicy({ ...usualPolicy, patienceMs: 0 })).toEqual({ ...usualPolicy, patienceMs: 0 })
  })
})

it('what is sent gets time for its bytes', () => {
  expect([sendLimitMs(usualPolicy, 0), sendLimitMs(usualPolicy, 8 << 20)]).toEqual([60_000, 191_072])
})

describe('a long wait', () => {
  /** By the timers that tests wind forward. */
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

  it('is said before it begins, and again every 20 s with what is left of it', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const said: object[] = []
    const logger = {
      ...silentLogger,
      warn: (fields: object, event: string) => void said.push({ ...fields, event }),
    }
    const policy = { ...usualPolicy, firstPauseMs: 0 }
    const retries = new Retries({ system: 'Trino', policy, logger, wallClockSec: () => nowSec, sleep })
    let attempts = 0
    const done = retries.run('GET /page', undefined, async () => {
      if (attempts++ === 0) throw new HttpFailure(busyFor('50'))
    })
    await vi.advanceTimersByTimeAsync(50_000)
    await done
    const fields = { system: 'Trino', call: 'GET /page', attempt: 1, reason: 'status 429: Too many requests' }
    const still = 'still waiting before the next attempt'
    expect(said).toEqual([
      { ...fields, seconds: 50, event: 'call failed: waiting before the next attempt' },
      { ...fields, seconds: 30, event: still },
      { ...fields, seconds: 10, event: still },
    ])
  })

  it('for an answer is said too', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const said: object[] = []
    const logger = {
      ...silentLogger,
      info: (fields: object, event: string) => void said.push({ ...fields, event }),
    }
    const world = { system: 'Trino', policy: usualPolicy, logger, wallClockSec: () => nowSec, sleep }
    const done = new Retries(world).run('GET /page', undefined, () => sleep(45_000))
    await vi.advanceTimersByTimeAsync(45_000)
    await done
    const fields = { system: 'Trino', call: 'GET /page', event: 'still waiting for an answer' }
    expect(said.map((line) => ({ ...line, seconds: 0 }))).toEqual([
      { ...fields, seconds: 0 },
      { ...fields, seconds: 0 },
    ])
  })
})
