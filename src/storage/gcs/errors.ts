import { explainFailure, HttpFailure } from '../../http/failure.ts'
import { type BucketLocation, optionLabel } from '../bucket-location.ts'
import { credentialsHelp } from './access.ts'

/** What errors say of the place: its location, and whether an emulator stands for the service. */
export interface GcsPlace extends BucketLocation {
  readonly isEmulator: boolean
}

/**
 * @param action such as `writing model/weights.bin`.
 * @returns a ConfigError where place, credentials or permission are wrong, a RemoteError where the service or the way
 *   to it failed, and anything that is no failed call as it came. A status 404 is the bucket's: an object that is not
 *   there is no failure.
 */
export function explainGcs(place: GcsPlace, action: string, error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error
  const { status, kind, detail } = error.facts
  const wrong = status === undefined ? undefined : maybeMisconfigured(place, action, status, detail)
  const misconfigured = wrong && `${optionLabel} is ${place.location}: ${wrong}`
  const suffix =
    kind === 'unreachable'
      ? `; check the network${place.isEmulator ? ' and STORAGE_EMULATOR_HOST' : ''}, and run again`
      : '; run again later'
  return explainFailure(error, { call: `storage ${place.location}: ${action}`, misconfigured, suffix })
}

function maybeMisconfigured(
  place: GcsPlace,
  action: string,
  status: number,
  detail: string,
): string | undefined {
  if (status === 401)
    return `the credentials are refused (${action}, status 401: ${detail}); ${credentialsHelp}`
  if (status === 403) {
    return (
      `no permission for ${action} (status 403: ${detail}); ` +
      `give the account the role roles/storage.objectUser on the bucket ${place.bucket}`
    )
  }
  if (status !== 404) return undefined
  return `there is no bucket ${place.bucket} (status 404); create it, or give the name of one that exists`
}
