import { type Agent, EnvHttpProxyAgent } from 'undici'
import { ConfigError } from '../errors.ts'
import type { Secret } from './redact.ts'

/** Variables, as other programs know them too; in small letters they win, as in curl. */
export type Environment = Readonly<Record<string, string | undefined>>

const NAMES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const

/**
 * @returns a dispatcher that obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 * @throws {ConfigError} naming the variable where it holds no address; what it holds, maybe a password, isn't shown.
 */
export function proxyDispatcher(
  environment: Environment,
  options: Agent.Options & { readonly requestTls?: object },
): EnvHttpProxyAgent {
  for (const name of NAMES) {
    const written = environment[name]
    if (!written || (URL.canParse(written) && /^https?:\/\//i.test(written))) continue
    throw new ConfigError(
      `${name} holds no address of a proxy (its value isn't shown): one such as http://proxy:3128 is needed, or unset it`,
    )
  }
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: environment.http_proxy || environment.HTTP_PROXY || '',
    httpsProxy: environment.https_proxy || environment.HTTPS_PROXY || '',
    noProxy: environment.no_proxy ?? environment.NO_PROXY ?? '',
  })
}

/** @returns the passwords of the proxies, as they are written and as they are meant. */
export function proxySecrets(environment: Environment): readonly Secret[] {
  return NAMES.flatMap((name) => {
    const written = environment[name] ?? ''
    if (!URL.canParse(written)) return []
    const { username, password } = new URL(written)
    const meant = decoded(password)
    const user = decoded(username)
    return [...new Set([password, meant])]
      .filter((value) => value !== '')
      .map((value) => ({ name, value, user }))
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
