import { type Agent, EnvHttpProxyAgent } from 'undici'
import { ConfigError } from '../errors.ts'
import { type Environment, proxyVariables } from './proxy-secrets.ts'

/**
 * @returns a dispatcher that obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 * @throws {ConfigError} naming the variable where it holds no address; what it holds, maybe a password, isn't shown.
 */
export function proxyDispatcher(
  environment: Environment,
  options: Agent.Options & { readonly requestTls?: object },
): EnvHttpProxyAgent {
  for (const name of proxyVariables) {
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
