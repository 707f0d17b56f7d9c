import type { Bucket, File, StorageOptions } from '@google-cloud/storage'
import { ConfigError, messageOf } from '../../errors.ts'
import { failureOf, property, withoutSecrets } from './failure.ts'
import { PART_BYTES } from './parts.ts'
import { callWithRetries, type RetryPolicy, sendTimeoutMs } from './retries.ts'

/** Where the service is and who we are there, as the environment says. Holds secrets: never logged. */
export interface GcsAccess {
  readonly endpoint: string
  /** An emulator asks for no credentials. */
  readonly isEmulator: boolean
  readonly credentials: NonNullable<StorageOptions['credentials']> | undefined
  readonly keyFile: string | undefined
}

/** The part of the client that the storage works with. */
export interface GcsClient {
  readonly bucket: Bucket
  file(objectName: string, generation?: string | number): File
  /** One request of a resumable upload. @returns the parsed answer of a 2xx; throws the client's ApiError else. */
  put(address: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<unknown>
  /** Ends a resumable upload that nobody will finish. */
  cancel(address: string): Promise<unknown>
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
export function gcsAccessOf(environment: Readonly<Record<string, string | undefined>>): GcsAccess {
  const emulator = environment[EMULATOR] || undefined
  const inline = environment[INLINE] || undefined
  return {
    endpoint: emulator === undefined ? PUBLIC_ENDPOINT : parseEmulator(emulator),
    isEmulator: emulator !== undefined,
    credentials: emulator !== undefined || inline === undefined ? undefined : parseCredentials(inline),
    keyFile: emulator !== undefined || inline !== undefined ? undefined : environment[KEY_FILE] || undefined,
  }
}

/** Other clients of the service take an address without a scheme for plain HTTP; this one's would take it for TLS. */
function parseEmulator(written: string): string {
  const address = /^\w+:\/\//.test(written) ? written : `http://${written}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.host !== '') return url.origin
  throw new ConfigError(
    `${EMULATOR} is ${JSON.stringify(withoutSecrets(written))}: an address such as http://127.0.0.1:4443 is needed; ` +
      'unset it to reach Google Cloud Storage itself',
  )
}

function parseCredentials(text: string): NonNullable<StorageOptions['credentials']> {
  const needed =
    `${INLINE} is no credentials (its value isn't shown): give the whole content of a service account's key file, ` +
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

/**
 * Loads the client's package (200 ms, so only here) and gets the first token, so that credentials that don't work are
 * told as such.
 * @throws {ConfigError} where there are no usable credentials, {CallFailure} where their server can't be reached.
 */
export async function connectGcs(
  access: GcsAccess,
  bucketName: string,
  policy: RetryPolicy,
): Promise<GcsClient> {
  const { Storage } = await import('@google-cloud/storage')
  const client = new Storage({
    apiEndpoint: access.endpoint,
    useAuthWithCustomEndpoint: !access.isEmulator,
    // Retries are ours: the client's own wait 16 s for an address that refuses, and know no Retry-After.
    retryOptions: { autoRetry: false },
    timeout: Math.ceil(sendTimeoutMs(policy, PART_BYTES)),
    ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
    ...(access.keyFile === undefined ? {} : { keyFilename: access.keyFile }),
    ...(access.isEmulator ? { projectId: 'emulator' } : {}),
  })
  // The constructor reads STORAGE_EMULATOR_HOST itself and then leaves out the path of the API.
  client.baseUrl = `${access.endpoint}/storage/v1`
  const bucket = client.bucket(bucketName)
  if (!access.isEmulator) await callWithRetries(policy, undefined, () => firstToken(client.authClient))
  const request = (method: string, uri: string, headers: Record<string, string>, body?: Buffer) =>
    new Promise<unknown>((resolve, reject) => {
      client.request({ method, uri, headers, ...(body && { body }) }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      )
    })
  return {
    bucket,
    file: (name, generation) => bucket.file(name, generation === undefined ? {} : { generation }),
    put: (address, headers, body) => request('PUT', address, { ...headers }, body),
    cancel: (address) => request('DELETE', address, { 'Content-Length': '0' }),
  }
}

async function firstToken(auth: { getAccessToken(): Promise<unknown> }): Promise<void> {
  try {
    await auth.getAccessToken()
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind !== 'lasting') throw error
    const status = failure.status === undefined ? '' : `status ${failure.status}: `
    throw new ConfigError(
      `Google Cloud Storage: no usable credentials (${status}${withoutSecrets(messageOf(error))}); ${credentialsHelp}`,
    )
  }
}
