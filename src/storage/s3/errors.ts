import { ConfigError, messageOf } from '../../errors.ts'
import {
  connectionFailure,
  explainFailure,
  type FailureKind,
  HttpFailure,
  kindOfStatus,
} from '../../http/failure.ts'
import { type Redact, shorten } from '../../http/redact.ts'
import { type BucketLocation, optionLabel } from '../bucket-location.ts'
import { property } from '../property.ts'
import { credentialsHelp } from './access.ts'

/** What errors say of the place: its location, and whether another service than AWS's stands there. */
export interface S3Place extends BucketLocation {
  readonly endpoint: string | undefined
}

/** Codes that say: later, or another time. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  SlowDown: 'busy',
  ConditionalRequestConflict: 'busy',
  OperationAborted: 'busy',
  RequestTimeout: 'lost',
  BadDigest: 'lost',
  IncompleteBody: 'lost',
}

/** AWS's package throws errors that hold the request: none is kept as a cause. @returns what failed. */
export function failureOf(error: unknown, redact: Redact): HttpFailure | ConfigError {
  const status = Number(property(property(error, '$metadata'), 'httpStatusCode'))
  const name = error instanceof Error ? error.name : ''
  if (status >= 100) {
    const detail = shorten(redact(`${name}: ${messageOf(error)}`), 300)
    return new HttpFailure({ kind: KINDS[name] ?? kindOfStatus(status), detail, status, code: name })
  }
  const said = shorten(redact(messageOf(error)), 300)
  if (/^Region is missing/.test(messageOf(error))) {
    return new ConfigError("S3: no region is known; set AWS_REGION to the bucket's, such as eu-central-1")
  }
  if (/CredentialsProviderError|TokenProviderError/.test(name) || /^Resolved credential object/.test(said)) {
    return new ConfigError(`S3: no usable credentials (${said}); ${credentialsHelp}`)
  }
  return connectionFailure(error, redact)
}

const REFUSED_CREDENTIALS =
  /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired)$/

/**
 * @param action such as `writing model/weights.bin`.
 * @returns a ConfigError where place, credentials or permission are wrong, a RemoteError where the service or the way
 *   to it failed, and anything that is no failed call as it came. A status 404 is the bucket's: an object that is not
 *   there is no failure.
 */
export function explainS3(place: S3Place, action: string, error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error
  const wrong = maybeMisconfigured(place, action, error)
  const misconfigured = wrong && `${optionLabel} is ${place.location}: ${wrong}`
  const suffix =
    error.facts.kind === 'unreachable'
      ? `; check the network${place.endpoint === undefined ? '' : ' and AWS_ENDPOINT_URL_S3'}, and run again`
      : '; run again later'
  return explainFailure(error, { call: `storage ${place.location}: ${action}`, misconfigured, suffix })
}

function maybeMisconfigured(
  { bucket }: S3Place,
  action: string,
  { facts: { status, code = '', detail } }: HttpFailure,
): string | undefined {
  if (status === 401 || REFUSED_CREDENTIALS.test(code)) {
    return `the credentials are refused (${action}, status ${status}: ${detail}); ${credentialsHelp}`
  }
  if (status === 403) {
    return (
      `no permission for ${action} (status 403: ${detail}); let the account do s3:ListBucket on the bucket ${bucket}, ` +
      'and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects'
    )
  }
  if (status === 301 || code === 'AuthorizationHeaderMalformed') {
    return `the bucket is in another region (${action}, status ${status}: ${detail}); set AWS_REGION to it`
  }
  if (status !== 404) return undefined
  return `there is no bucket ${bucket} (status 404); create it, or give the name of one that exists`
}
