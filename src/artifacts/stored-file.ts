import { crc32c } from '@node-rs/crc32'
import { DataError } from '../errors.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'

/** A file of records as the manifest lists it: readers trust nothing else. */
export interface StoredRecords extends StoredObject {
  readonly records: number
}

/** The step that wrote a file, and has to run again where the file is no longer what the manifest says. */
export type Writer = 'export' | 'train'

const ADVICE = {
  export: { changed: 'changed since the export? export again', missing: 'export again' },
  train: { changed: 'changed since the training? train again', missing: 'train again' },
} as const

/** @returns a name such as `evidence/part-00000-of-00003.spans`. @param index 0..count-1. */
export function partName(folder: string, index: number, count: number, extension: string): string {
  const padded = (number: number) => String(number).padStart(5, '0')
  return `${folder}/part-${padded(index)}-of-${padded(count)}.${extension}`
}

/** @returns whether a name is one that {@link partName} gives, with any number and count. */
export function isPartName(name: string, folder: string, extension: string): boolean {
  const [, index = '', count = ''] = /part-(\d+)-of-(\d+)/.exec(name) ?? []
  return name === partName(folder, Number(index), Number(count), extension)
}

/** @throws {DataError} naming the file, where `found` is not what its entry says. */
export function checkFile(
  { location }: Storage,
  entry: StoredObject & Partial<StoredRecords>,
  what: 'bytes' | 'crc32c' | 'records',
  found: number,
  writer: Writer,
): void {
  const expected = entry[what]
  if (found === expected) return
  const show = what === 'crc32c' ? hexadecimal32 : String
  throw new DataError(
    `${location}/${entry.name}: ${what} ${show(found)}, the manifest says ${show(expected ?? 0)} ` +
      `(${ADVICE[writer].changed})`,
  )
}

/**
 * Reads a whole file and checks it against its entry.
 * @throws {DataError} naming the file, where it is missing, or its size or checksum differ.
 */
export async function readFile(storage: Storage, entry: StoredObject, writer: Writer): Promise<Uint8Array> {
  const bytes = await storage.read(entry.name)
  if (bytes === undefined) {
    throw new DataError(
      `${storage.location}/${entry.name} is missing, but the manifest lists it: ${ADVICE[writer].missing}`,
    )
  }
  checkFile(storage, entry, 'bytes', bytes.length, writer)
  checkFile(storage, entry, 'crc32c', crc32c(bytes), writer)
  return bytes
}
