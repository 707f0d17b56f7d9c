import { type BucketLocation, parseBucketLocation } from '../bucket-location.ts'

/** https://cloud.google.com/storage/docs/buckets#naming, https://cloud.google.com/storage/docs/objects#naming */
const rules = {
  scheme: 'gs',
  bucketName: /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
  allowed: 'lower-case letters, digits, - _ and .',
} as const

/** @throws {ConfigError} where it is no `gs://bucket/prefix`. */
export function parseGcsLocation(location: string): BucketLocation {
  return parseBucketLocation(location, rules)
}
