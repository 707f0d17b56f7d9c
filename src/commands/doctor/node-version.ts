import { ConfigError } from '../../errors.ts'
import type { Checked } from './check-report.ts'

/** That of `engines` in package.json. */
const OLDEST = [20, 19] as const

/** @param version such as `20.19.1`. @throws {ConfigError} where it is too old. */
export function checkNodeVersion(version: string): Checked<undefined> {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  if (isEnough) return { found: version, value: undefined }
  throw new ConfigError(`Node.js is ${version}: ${OLDEST.join('.')} or later is needed, install it`)
}
