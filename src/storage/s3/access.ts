import { ConfigError } from '../../errors.ts'
import { type Environment, proxySecrets } from '../../http/proxy-secrets.ts'
import { createRedact, type Redact, type Secret } from '../../http/redact.ts'

/** Where the service is and who we are there, as the environment says. Holds secrets: never logged. */
export interface S3Access {
  /** Undefined: that of AWS in the region. */
  readonly endpoint: string | undefined
  /** Undefined: that of the profile. */
  readonly region: string | undefined
  readonly profile: string | undefined
  /** Undefined: what AWS's own chain finds in profiles, web identities and the machine's role. */
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined
  /** Variables that name the proxies. */
  readonly proxies: Environment
  /** Takes the secrets of both out of a text. */
  readonly redact: Redact
}

const ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const

/** What to do about credentials that are missing or refused. */
export const credentialsHelp =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones), or AWS_PROFILE, ' +
  'or run where the machine has a role'

/** Another service than AWS's mostly takes any. */
const REGION_OF_ENDPOINTS = 'us-east-1'

/**
 * The variables of AWS's own clients.
 * @throws {ConfigError} naming the variable.
 */
export function s3AccessOf(environment: Environment): S3Access {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  const endpoint = endpointOf(environment)
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined
  const sessionToken = environment.AWS_SESSION_TOKEN || undefined
  return {
    endpoint,
    region: region ?? (endpoint === undefined ? undefined : REGION_OF_ENDPOINTS),
    profile: environment.AWS_PROFILE || undefined,
    credentials:
      accessKeyId && secretAccessKey
        ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
        : undefined,
    proxies: environment,
    redact: createRedact([...s3Secrets(environment), ...proxySecrets(environment)]),
  }
}

/** Variables that hold secrets. */
export const secretVariables = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const

function s3Secrets(environment: Environment): readonly Secret[] {
  return secretVariables.flatMap((name) => {
    const value = environment[name]
    return value ? [{ name, value }] : []
  })
}

function endpointOf(environment: Environment): string | undefined {
  const name = ENDPOINTS.find((one) => environment[one])
  if (name === undefined) return undefined
  const written = environment[name] ?? ''
  const url = URL.canParse(written) ? new URL(written) : undefined
  const isPlain =
    url !== undefined && /^https?:$/.test(url.protocol) && url.href.replace(/[/]$/, '') === url.origin
  if (isPlain) return url.origin
  throw new ConfigError(
    `${name} holds no address of a service (its value isn't shown): one such as https://minio.example.com:9000 is ` +
      'needed, without a user, a path and a query; unset it to reach AWS itself',
  )
}

/** @returns the address of the service, for a look at its clock. */
export function serverOf({ endpoint, region }: S3Access): string {
  return (
    endpoint ?? (region === undefined ? 'https://s3.amazonaws.com' : `https://s3.${region}.amazonaws.com`)
  )
}
