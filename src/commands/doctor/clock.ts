import { Agent, type Dispatcher, request } from 'undici'
import { ConfigError, messageOf, RemoteError } from '../../errors.ts'
import type { Checked } from './check-report.ts'

/** Far more than a network takes, far less than what Google takes tokens for (minutes) or a left-over is kept (a day). */
const TOLERATED_SEC = 60
const PATIENCE_MS = 10_000

/** A server, and what connects to it as our calls do; undefined: nothing but a connection is needed. */
export interface AskedServer {
  readonly origin: string
  readonly connect: (() => Dispatcher) | undefined
}

/**
 * Compares our clock with the `Date` of a server's answer, whatever the answer is: one HEAD without credentials.
 * @param server scheme, host and port.
 * @param wallClockSec unix seconds.
 * @param connect as other calls reach the server.
 * @throws {ConfigError} where they are more than a minute apart, {RemoteError} where the server does not send its time.
 */
export async function checkClock(
  server: string,
  wallClockSec: () => number,
  signal: AbortSignal,
  connect: () => Dispatcher = () => new Agent(),
): Promise<Checked<undefined>> {
  const apartSec = wallClockSec() - (await serverTimeSec(server, connect(), signal))
  const found = `${Math.abs(apartSec)} s ${apartSec < 0 ? 'behind' : 'ahead of'} ${server}`
  if (Math.abs(apartSec) <= TOLERATED_SEC) return { found, value: undefined }
  throw new ConfigError(
    `this machine's clock is ${found}, ${TOLERATED_SEC} s are tolerated: set it, best by NTP, ` +
      'since tokens, session times and the age of left-overs depend on it',
  )
}

async function serverTimeSec(server: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<number> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  try {
    const { headers, body } = await request(server, { method: 'HEAD', signal: stop, dispatcher })
    await body.dump()
    const sentMs = Date.parse(String(headers.date))
    if (!Number.isNaN(sentMs)) return sentMs / 1000
  } catch (error) {
    signal.throwIfAborted()
    throw new RemoteError(`${server} can't be asked for its time: ${messageOf(error)}; check the network`, {
      cause: error,
    })
  } finally {
    await dispatcher.destroy()
  }
  throw new RemoteError(`${server} does not send its time: compare this machine's clock by hand`)
}
