import { ConfigError, RemoteError } from '../../errors.ts'
import { credentialsHelp } from './client.ts'
import { type GcsLocation, optionLabel } from './location.ts'
import { CallFailure } from './retries.ts'

/** What errors say of the place: its location, and the host that was called. */
export interface GcsPlace extends GcsLocation {
  readonly endpoint: string
  readonly isEmulator: boolean
}

/**
 * @param action such as `write model/weights.bin`.
 * @returns a ConfigError where place, credentials or permission are wrong, a RemoteError where the service or the way
 *   to it failed, and anything that is no failed call as it came. A status 404 is the bucket's: an object that is not
 *   there is no failure.
 */
export function explainFailure(place: GcsPlace, action: string, error: unknown): unknown {
  if (!(error instanceof CallFailure)) return error
  const { status } = error.failure
  if (status === 401 || status === 403 || status === 404) return configErrorOf(place, action, error, status)
  const cause = { cause: error }
  if (error.failure.kind === 'unreachable') {
    const { code } = error.failure
    return new RemoteError(
      `storage ${place.location}: can't ${action}: ${place.endpoint} can't be reached (${code}) after ` +
        `${attemptsOf(error)}; check the network${place.isEmulator ? ' and STORAGE_EMULATOR_HOST' : ''}, and run again`,
      cause,
    )
  }
  const what = status === undefined ? '' : `status ${status}: `
  return new RemoteError(
    `storage ${place.location}: can't ${action} (${what}${error.failure.reason}) after ${attemptsOf(error)}; ` +
      'run again later',
    cause,
  )
}

function configErrorOf(place: GcsPlace, action: string, error: CallFailure, status: 401 | 403 | 404) {
  const { reason } = error.failure
  const messages = {
    401: `the credentials are refused: can't ${action} (status 401: ${reason}); ${credentialsHelp}`,
    403:
      `no permission: can't ${action} (status 403: ${reason}); ` +
      `give the account the role roles/storage.objectUser on the bucket ${place.bucket}`,
    404: `there is no bucket ${place.bucket} (status 404); create it, or give the name of one that exists`,
  }
  return new ConfigError(`${optionLabel} is ${place.location}: ${messages[status]}`, { cause: error })
}

function attemptsOf({ attempts }: CallFailure): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`
}
