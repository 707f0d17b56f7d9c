import { crc32c } from '@node-rs/crc32'
import type { z } from 'zod'
import { DataError, messageOf } from '../errors.ts'
import type { Storage, StoredObject } from '../storage/storage.ts'

/** A JSON document as it was read. */
export interface ReadDocument<Content> {
  readonly content: Content
  /** Of its bytes. */
  readonly crc32c: number
}

/**
 * @param again what to do if it can't be read, such as `export again`.
 * @param isWanted tells, of what any version may have written, whether it is the document that is asked for; absent: it is.
 * @returns undefined where there is no such document.
 * @throws {DataError} naming the field that isn't as this version writes it.
 */
export async function maybeReadDocument<Content>(
  storage: Storage,
  name: string,
  schema: z.ZodType<Content>,
  again: string,
  isWanted: (written: unknown) => boolean = () => true,
): Promise<ReadDocument<Content> | undefined> {
  const bytes = await storage.read(name)
  if (bytes === undefined) return undefined
  const place = `${storage.location}/${name}`
  const written = parseJson(place, bytes, again)
  if (!isWanted(written)) return undefined
  return { content: checked(schema, place, written, `: ${again}`), crc32c: crc32c(bytes) }
}

/**
 * Writes a document, whole or not at all. Keys are in the schema's order, whatever the order they were made in: the same
 * content gives the same bytes.
 * @throws {DataError} where it would not be readable again.
 */
export async function writeDocument<Content>(
  storage: Storage,
  name: string,
  schema: z.ZodType<Content>,
  content: Content,
  indent = 0,
): Promise<StoredObject> {
  const text = JSON.stringify(checked(schema, `${storage.location}/${name}`, content), null, indent)
  return await storage.write(name, [new TextEncoder().encode(`${text}\n`)])
}

function parseJson(place: string, bytes: Uint8Array, again: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new DataError(`${place} is not JSON (${messageOf(error)}): was it changed by hand? ${again}`, {
      cause: error,
    })
  }
}

function checked<Content>(schema: z.ZodType<Content>, place: string, content: unknown, advice = ''): Content {
  const result = schema.safeParse(content)
  if (result.success) return result.data
  const { error } = result
  const [first] = error.issues
  const field = first?.path.join('.') || 'the whole'
  const versions = field === 'schemaVersion' ? ' (another version of td-mta wrote it)' : ''
  throw new DataError(`${place}: ${field}: ${first?.message}${versions}${advice}`, { cause: error })
}
