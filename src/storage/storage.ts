import { DataError } from '../errors.ts'

/**
 * Where the steps leave files for each other: a local directory, or a bucket and prefix of Google Cloud Storage.
 * Names are relative paths with `/`, such as `positive_tfrecords/part-00000-of-00001.tfrecord`. An object is seen
 * whole or not at all; nothing is ever changed in place. Listing never decides what belongs to a run: manifests do.
 */
export interface Storage {
  /** What a person would type to look there: an absolute path, or `gs://bucket/prefix`. Never with credentials. */
  readonly location: string

  /**
   * Writes an object whole: readers see the former one, or none, until the last byte is safe.
   * @param chunks the bytes in order; pulled once, only while being written.
   * @param options `ifAbsent` creates only: where the name is taken, nothing changes and `ObjectExistsError` is thrown.
   *   `ifVersion`, of `readVersion`, replaces only that version: where another or none is there, nothing changes and
   *   `ObjectChangedError` is thrown. Compared and replaced in one step.
   * @returns size and CRC32C of what was written.
   * @throws {RemoteError} or {ConfigError} where the place can't be written (says which and why).
   */
  write(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<StoredObject>

  /** @returns the whole object, or undefined where there is none. For objects that fit in memory. */
  read(name: string): Promise<Uint8Array | undefined>

  /** Like `read`, with the version that `write` and `delete` can be bound to. */
  readVersion(name: string): Promise<ObjectVersion | undefined>

  /**
   * @returns the object's bytes in order, in chunks of any size.
   * @throws {DataError} on the first pull where there is no such object.
   */
  stream(name: string): AsyncIterable<Uint8Array>

  /** @returns the names that begin with `prefix`, in code point order. */
  list(prefix: string): Promise<readonly string[]>

  /**
   * Removes an object; one that is not there is no error.
   * @param version of `readVersion`: the object is removed only if it is still that version. Checked and removed in one
   *   step, so an object that another process wrote since then stays, and that is no error either.
   */
  delete(name: string, version?: string): Promise<void>
}

/** What is read whole is a document or a model; larger ones we write as streams. */
const MOST_WHOLE_BYTES = 2 ** 29

/** @throws {DataError} for an object that is too large to be read whole, and that nobody of ours wrote. */
export function checkWholeBytes(place: string, bytes: number): void {
  if (bytes <= MOST_WHOLE_BYTES) return
  throw new DataError(
    `${place} has ${bytes} bytes, ${MOST_WHOLE_BYTES} at most are read: td-mta did not write it; run the step again that writes it`,
  )
}

/** An object as it was read. */
export interface ObjectVersion {
  readonly bytes: Uint8Array
  /** Differs between any two objects of other bytes that are written under one name; mostly also where the bytes are equal. */
  readonly version: string
}

export interface WriteOptions {
  readonly ifAbsent?: boolean
  readonly ifVersion?: string
  readonly signal?: AbortSignal
}

/** An object as written. */
export interface StoredObject {
  readonly name: string
  readonly bytes: number
  /** CRC32C (Castagnoli) of all bytes, unsigned. */
  readonly crc32c: number
}

/** A create-only write met an object of that name. */
export class ObjectExistsError extends Error {
  override readonly name = 'ObjectExistsError'
}

/** A write that was bound to a version met another one, or none. */
export class ObjectChangedError extends Error {
  override readonly name = 'ObjectChangedError'
}
