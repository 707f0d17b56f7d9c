import { ConfigError, DataError } from '../errors.ts'

/** A bucket and what stands before the names of all our objects in it. */
export interface BucketLocation {
  readonly bucket: string
  /** '' or a path that ends with a slash. */
  readonly prefix: string
  /** `gs://bucket/prefix`, without a slash at the end. */
  readonly location: string
}

/** How a service names its buckets. */
export interface BucketRules {
  /** Such as `gs`. */
  readonly scheme: string
  readonly bucketName: RegExp
  /** In words. */
  readonly allowed: string
}

/** How errors name the place: the storage knows the location, not which of the directory options holds it. */
export const optionLabel = '--data-dir (DATA_DIR) or another directory option'

/** Of UTF-8, in both services. */
const MAX_NAME_BYTES = 1024

/**
 * @param location such as `gs://bucket/some/prefix`; slashes at the end don't count.
 * @throws {ConfigError} where it is not one, or no bucket can have that name.
 */
export function parseBucketLocation(
  location: string,
  { scheme, bucketName, allowed }: BucketRules,
): BucketLocation {
  const [, bucket = '', path = ''] = /^\w+:\/\/([^/]*)(?:\/(.*))?$/s.exec(location) ?? []
  if (!bucketName.test(bucket)) {
    throw new ConfigError(
      `${optionLabel} is ${location}: ${JSON.stringify(bucket)} is not a bucket name; ` +
        `give ${scheme}://BUCKET/PREFIX, where BUCKET is made of ${allowed}`,
    )
  }
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed !== '' && !isObjectName(trimmed)) {
    throw new ConfigError(
      `${optionLabel} is ${location}: ${JSON.stringify(trimmed)} is not a valid prefix; ` +
        `give ${scheme}://BUCKET/PREFIX, where PREFIX is a path with / and without empty, . and .. parts`,
    )
  }
  return trimmed === ''
    ? { bucket, prefix: '', location: `${scheme}://${bucket}` }
    : { bucket, prefix: `${trimmed}/`, location: `${scheme}://${bucket}/${trimmed}` }
}

/**
 * @returns the name in the bucket of an object of ours.
 * @throws {DataError} where a local directory could not have that name, or the bucket can't: names out of manifests
 *   stay under the prefix, and what is written in one storage can be copied to the other.
 */
export function objectNameOf(place: BucketLocation, name: string): string {
  const objectName = place.prefix + name
  if (isObjectName(name) && Buffer.byteLength(objectName) <= MAX_NAME_BYTES) return objectName
  throw new DataError(
    `storage ${place.location}: ${JSON.stringify(name)} is not a valid object name; ` +
      `allowed are relative paths with /, without . and .. as parts, ${MAX_NAME_BYTES} bytes with the prefix`,
  )
}

/** @returns our name of an object in the bucket, or undefined where it is none of ours, such as a folder's marker. */
export function maybeNameOf(place: BucketLocation, objectName: string): string | undefined {
  const name = objectName.slice(place.prefix.length)
  return objectName.startsWith(place.prefix) && isObjectName(name) ? name : undefined
}

/** No line ends, which the services refuse or change, and no NUL and backslash, which file systems do. */
function isObjectName(name: string): boolean {
  const hasBadCharacter = /[\\\0\r\n]/.test(name)
  return !hasBadCharacter && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
