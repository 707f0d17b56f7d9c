import { ConfigError } from '../../errors.ts'
import { type Environment, proxySecrets } from '../../http/proxy-secrets.ts'
import { createRedact, type Redact } from '../../http/redact.ts'

/** Where the API is, and its key. The key stays in here: nothing else may show it. */
export interface TreasureDataConnection {
  /** Such as `https://api.treasuredata.com`. */
  readonly origin: string
  readonly apiKey: string
  /** The variables that name proxies. */
  readonly proxies: Environment
  /** Removes the key and passwords of proxies from a text, in case a server has repeated them. */
  readonly redact: Redact
}

const sites =
  'api.treasuredata.com (us01), api.treasuredata.co.jp (jp01), api.eu01.treasuredata.com, api.ap02.treasuredata.com, ' +
  'api.ap03.treasuredata.com'

/**
 * @param apiKey TD_API_KEY.
 * @param apiServer TD_API_SERVER: a host, or its URL; https if it has no scheme, the US site if it is empty.
 * @param proxies the variables that name them.
 * @throws {ConfigError} naming the variable.
 */
export function readTreasureDataConnection(
  apiKey: string | undefined,
  apiServer: string | undefined,
  proxies: Environment = {},
): TreasureDataConnection {
  const key = (apiKey ?? '').trim().replace(/^TD1\s+/, '')
  if (key === '') {
    throw new ConfigError(
      'TD_API_KEY is not set: --warehouse (WAREHOUSE) td needs a master API key of Treasure Data in that variable',
    )
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ConfigError(
      'TD_API_KEY has a space, a line break or another character that no key contains: copy it again',
    )
  }
  const redact = createRedact([{ name: 'TD_API_KEY', value: key }, ...proxySecrets(proxies)])
  return { origin: readOrigin(apiServer ?? '', redact), apiKey: key, proxies, redact }
}

function readOrigin(apiServer: string, redact: Redact): string {
  const text = apiServer.trim()
  if (text === '') return 'https://api.treasuredata.com'
  const address = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && text.search(KEY) < 0
  if (!isPlain || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new ConfigError(
      `TD_API_SERVER is "${shownServer(text, redact)}": a host or https://HOST without a path is needed, one of ${sites}`,
    )
  }
  if (/(^|\.)treasuredata\.(com|co\.jp)$/.test(url.hostname) && !isApiHost(url.hostname)) {
    throw new ConfigError(
      `TD_API_SERVER is "${shownServer(text, redact)}", which is not an API host: use one of ${sites}`,
    )
  }
  return url.origin
}

/** `api-presto` and the like speak other protocols, `console` is for people. */
function isApiHost(host: string): boolean {
  return /^api(-(staging|development)(-[a-z0-9]+)?)?\./.test(host)
}

/** Of Treasure Data, with or without the account, or whatever else is no part of a host. */
const KEY = /(?:\d+\/)?[0-9a-f]{32,}/gi

/** What was put there may be a key, and a URL may carry a password, which may hold any character. */
function shownServer(text: string, redact: Redact): string {
  const withoutUser = text.replace(/^([a-z]+:\/\/)?.*@/is, '$1...@')
  return redact(withoutUser).replaceAll(KEY, '(secret)')
}
