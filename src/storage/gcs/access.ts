import type { StorageOptions } from '@google-cloud/storage'
import { ConfigError, messageOf } from '../../errors.ts'
import { connectionFailure, HttpFailure, kindOfStatus } from '../../http/failure.ts'
import { type Environment, proxySecrets } from '../../http/proxy-secrets.ts'
import { createRedact, type Redact, type Secret, shorten } from '../../http/redact.ts'
import { readSmallFile } from '../../small-file.ts'
import { property } from '../property.ts'

/** Where the service is and who we are there, as the environment says. Holds secrets: never logged. */
export interface GcsAccess {
  readonly endpoint: string
  /** An emulator asks for no credentials. */
  readonly isEmulator: boolean
  readonly credentials: NonNullable<StorageOptions['credentials']> | undefined
  readonly keyFile: string | undefined
  /** Variables that name the proxies. */
  readonly proxies: Environment
  /** Takes the secrets of both out of a text. */
  readonly redact: Redact
}

const PUBLIC_ENDPOINT = 'https://storage.googleapis.com'

const INLINE = 'GOOGLE_APPLICATION_CREDENTIALS_JSON'
const KEY_FILE = 'GOOGLE_APPLICATION_CREDENTIALS'
const EMULATOR = 'STORAGE_EMULATOR_HOST'

/** What to do about credentials that are missing or refused. */
export const credentialsHelp =
  `set ${KEY_FILE} to the path of a service account's key file, or ${INLINE} to the content of one, ` +
  'or run where the machine has a service account'

/**
 * Application default credentials, unless the environment says otherwise: `GOOGLE_APPLICATION_CREDENTIALS_JSON` (a key
 * file's content: workflows keep secrets, not files) beats `GOOGLE_APPLICATION_CREDENTIALS` (its path);
 * `STORAGE_EMULATOR_HOST` (`http://host:port`, or `host:port`) stands for an emulator that takes no credentials.
 * @throws {ConfigError} naming the variable, never its content.
 */
export function gcsAccessOf(environment: Environment): GcsAccess {
  const redact = createRedact([...credentialSecrets(environment), ...proxySecrets(environment)])
  const emulator = environment[EMULATOR] || undefined
  const inline = environment[INLINE] || undefined
  return {
    endpoint: emulator === undefined ? PUBLIC_ENDPOINT : parseEmulator(emulator, redact),
    isEmulator: emulator !== undefined,
    credentials: emulator !== undefined || inline === undefined ? undefined : parseCredentials(inline),
    keyFile: emulator !== undefined || inline !== undefined ? undefined : environment[KEY_FILE] || undefined,
    proxies: environment,
    redact,
  }
}

/** Fields of credentials that are secret: a service account's, a person's, and those of other clouds. */
const SECRET_FIELDS = ['private_key', 'client_secret', 'refresh_token', 'access_token']

/** @returns the secrets in the credentials that the environment names or holds, as far as they can be read. */
export function credentialSecrets(environment: Environment): readonly Secret[] {
  const inline = environment[INLINE] || undefined
  const keyFile = environment[KEY_FILE] || undefined
  const inFile = keyFile === undefined ? [] : secretsIn(maybeReadKey(keyFile), KEY_FILE)
  return inline === undefined ? inFile : [...secretsIn(inline, INLINE), ...inFile]
}

/** What can't be read is reported where it is needed. */
function maybeReadKey(path: string): string {
  try {
    return readSmallFile(path)
  } catch {
    return ''
  }
}

function secretsIn(text: string, name: string): readonly Secret[] {
  let credentials: unknown
  try {
    credentials = JSON.parse(text)
  } catch {
    // Nobody knows which part of it is the secret one.
    return [{ name, value: text }]
  }
  return SECRET_FIELDS.map((field) => property(credentials, field))
    .filter((value) => typeof value === 'string')
    .map((value) => ({ name, value: value.replaceAll(/-----[A-Z ]+-----/g, '').trim() }))
}

/** Other clients of the service take an address without a scheme for plain HTTP; this one's would take it for TLS. */
function parseEmulator(written: string, redact: Redact): string {
  const address = /^\w+:\/\//.test(written) ? written : `http://${written}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.host !== '') return url.origin
  throw new ConfigError(
    `${EMULATOR} is ${JSON.stringify(redact(written))}: an address such as http://127.0.0.1:4443 is needed; ` +
      'unset it to reach Google Cloud Storage itself',
  )
}

function parseCredentials(text: string): NonNullable<StorageOptions['credentials']> {
  const needed =
    `${INLINE} holds no credentials (its value isn't shown): give the whole content of a service account's key file, ` +
    'a JSON object'
  let credentials: unknown
  try {
    credentials = JSON.parse(text)
  } catch {
    throw new ConfigError(needed)
  }
  if (typeof credentials !== 'object' || credentials === null) throw new ConfigError(needed)
  if (property(credentials, 'type') === undefined) throw new ConfigError(`${needed} with type`)
  if (property(credentials, 'type') === 'service_account') {
    for (const field of ['client_email', 'private_key']) {
      if (typeof property(credentials, field) !== 'string') throw new ConfigError(`${needed} with ${field}`)
    }
  }
  return credentials
}

/** Gives the headers that say who we are: asks for a token where the last one is about to expire. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>

/**
 * Loads Google's package (200 ms, so only here), which knows every kind of credentials.
 * @throws {ConfigError} by the result, where there are no usable credentials.
 * @throws {HttpFailure} by the result, where the server that makes tokens can't be reached.
 */
export async function authorizerOf(access: GcsAccess): Promise<Authorize> {
  if (access.isEmulator) return async () => ({})
  if (access.keyFile !== undefined) checkKeyFile(access.keyFile, access.redact)
  const { Storage } = await import('@google-cloud/storage')
  const { authClient } = new Storage({
    ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
    ...(access.keyFile === undefined ? {} : { keyFilename: access.keyFile }),
  })
  return () =>
    authClient.getRequestHeaders(access.endpoint).catch((error: unknown) => {
      throw tokenFailure(error, access.redact)
    })
}

/** Google's package would wait for a pipe, and read a device for ever. */
function checkKeyFile(path: string, redact: Redact): void {
  try {
    readSmallFile(path)
  } catch (error) {
    throw tokenFailure(error, redact)
  }
}

/** Codes of errors that are not the credentials' fault: reading a key file has codes as well. */
const PASSING =
  /^(ENOTFOUND|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE)$/

/** Google's package throws errors that hold the request with all its secrets: none is kept as a cause. */
function tokenFailure(error: unknown, redact: Redact): ConfigError | HttpFailure {
  const detail = shorten(redact(messageOf(error)), 300)
  const status = Number(property(property(error, 'response'), 'status'))
  if (status >= 100) {
    const kind = kindOfStatus(status)
    if (kind !== 'refused') return new HttpFailure({ kind, detail, status })
  } else if (PASSING.test(String(property(error, 'code')))) return connectionFailure(error, redact)
  const what = status >= 100 ? `status ${status}: ` : ''
  return new ConfigError(`Google Cloud Storage: no usable credentials (${what}${detail}); ${credentialsHelp}`)
}
