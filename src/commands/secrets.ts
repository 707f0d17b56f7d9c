import { ConfigError } from '../errors.ts'
import { type Environment, proxySecrets } from '../http/proxy-secrets.ts'
import { createRedact, type Redact, type Secret } from '../http/redact.ts'
import type { AnyTable } from '../options/option-spec.ts'
import { optionTable } from '../options/option-table.ts'
import { labelOf } from '../options/resolve.ts'
import { storages } from './storages.ts'
import { warehouses } from './warehouses.ts'

/** In texts of our own a shorter one would be found everywhere: `time` and `level` are words of every line of the log. */
const SHORTEST_SECRET = 8
/** Long enough that it is no name of anything. */
const LONG_SECRET = 16

/** @returns every secret that the environment tells us, of warehouses, storages and proxies. */
function secretsOf(environment: Environment): readonly Secret[] {
  const ofVariables = (names: readonly string[]) => {
    return names.map((name) => ({ name, value: (environment[name] ?? '').trim() }))
  }
  return [
    ...warehouses.flatMap(({ secrets }) => ofVariables(secrets)),
    ...storages.flatMap((kind) => kind.secretsOf?.(environment) ?? ofVariables(kind.secrets)),
    ...proxySecrets(environment),
  ]
}

/** @returns what takes every secret that we know out of errors, logs and findings, wherever they come from. */
export function redactAll(environment: Environment): Redact {
  return createRedact(secretsOf(environment).filter(({ value }) => value.length >= SHORTEST_SECRET))
}

/**
 * Options are written to logs, manifests, tables and reports.
 * @throws {ConfigError} naming the option that a secret was given to by mistake.
 */
export function refuseSecrets(
  options: { readonly given: ReadonlySet<string> },
  environment: Environment,
): void {
  const long = secretsOf(environment).filter(({ value }) => value.length >= LONG_SECRET)
  for (const option of options.given) {
    const written = String(Reflect.get(options, option))
    const secret = long.find(({ value }) => written.includes(value))
    const spec = (optionTable as AnyTable)[option]
    if (secret === undefined || spec === undefined) continue
    throw new ConfigError(
      `${labelOf(option, spec)} holds the secret of ${secret.name}, and would be written to logs and files: ` +
        'give that option its own value',
    )
  }
}
