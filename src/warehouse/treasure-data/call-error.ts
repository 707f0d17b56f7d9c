import { ConfigError, RemoteError } from '../../errors.ts'
import type { CallFailure } from './call-failure.ts'
import type { Endpoint } from './endpoint.ts'

/** @returns the error of a call that is given up, naming call, attempts, status and the server's own words. */
export function callError(
  endpoint: Endpoint,
  call: string,
  failure: CallFailure,
  attempts: number,
  hasAnswered: boolean,
): ConfigError | RemoteError {
  const { status, detail, code, retryAfter } = failure.facts
  const said = status === undefined ? detail : `status ${status}: ${detail}`
  const options = { cause: failure }
  if (status === 401) {
    return new ConfigError(
      `treasure-data: ${endpoint.origin} refuses the key of TD_API_KEY (${call}, ${said}): ` +
        'check the key, and TD_API_SERVER, since every site has keys of its own',
      options,
    )
  }
  if (!hasAnswered && isNoApi(failure)) {
    return new ConfigError(
      `TD_API_SERVER: ${endpoint.origin} is no API of Treasure Data (${call}, ${said}): ` +
        'check the host, such as api.treasuredata.com or api.eu01.treasuredata.com',
      options,
    )
  }
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`
  const verb = failure.mayRetry ? 'failed' : 'was refused'
  const address =
    code === 'ECONNREFUSED' || code === 'ENOTFOUND' ? ` (TD_API_SERVER is ${endpoint.origin})` : ''
  const until = /^\d+$/.test(retryAfter ?? '') ? `${retryAfter} s` : `until ${retryAfter}`
  const patience = retryAfter === undefined || retryAfter === '0' ? '' : `; it asks to wait ${until}`
  return new RemoteError(`treasure-data: ${call} ${verb}${times}: ${said}${patience}${address}`, options)
}

/** @returns whether it looks as if nobody there speaks this API: no such host, or a page for people instead of JSON. */
export function isNoApi(failure: CallFailure): boolean {
  const { status, body, code } = failure.facts
  if (code === 'ENOTFOUND') return true
  const isPage = typeof body === 'string' && /^\s*</.test(body)
  return isPage && status !== undefined && status < 500 && status !== 429
}
