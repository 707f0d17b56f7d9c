import { type BucketLocation, parseBucketLocation } from '../bucket-location.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const rules = {
  scheme: 's3',
  bucketName: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  allowed: 'lower-case letters, digits, - and .',
} as const

/** @throws {ConfigError} where it is no `s3://bucket/prefix`. */
export function parseS3Location(location: string): BucketLocation {
  return parseBucketLocation(location, rules)
}
