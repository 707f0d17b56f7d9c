import { z } from 'zod'
import { maybePositionWeights, POSITION_WEIGHTS_NEEDED } from '../comparison/position-weights.ts'
import { maybeScheme } from '../schemes.ts'
import { parseBoundary, parseInstant } from './parse-instant.ts'

/** The kinds of options: zod types, how they read from text, and how help and errors describe them. */

/** Any text but the empty one; SQL can't hold the character NUL. @param shown what stands for the value in help, such as `file`. */
export function text(shown = 'text') {
  return z
    .string()
    .min(1)
    .regex(/^[^\0]*$/, 'text without the character NUL is needed')
    .describe(shown)
}

/** A folder of this machine or of a bucket; nothing else that looks like an address ever becomes a folder. */
export const directory = text('directory')
  .refine(isFolder, {
    error:
      'a directory, gs://BUCKET/PREFIX or s3://BUCKET/PREFIX is needed; write ./NAME for a directory whose name has a colon',
  })
  .describe('directory')

function isFolder(written: string): boolean {
  return isPath(written) || /^(gs|s3):\/\//.test(written)
}

/** A file of this machine. */
export const file = text('file')
  .refine(isPath, {
    error:
      'a file of this machine is needed; copy it here first, and write ./NAME where its name has a colon',
  })
  .describe('file')

function isPath(written: string): boolean {
  return maybeScheme(written) === undefined
}

/** The name of a table. All of a run's tables have to differ, so they share one type. */
export const tableName = text('table')

export const column = text('column')

/** As {@link parsePositionWeights} reads it. */
export const positionWeights = text('first/between/last')
  .refine((written) => maybePositionWeights(written) !== undefined, { error: POSITION_WEIGHTS_NEEDED })
  .describe('first/between/last')

/** Several values: a repeated flag, or a variable with commas. */
export function list(item: string | z.ZodString) {
  return z.array(typeof item === 'string' ? text(item) : item)
}

/** @param min, max the least and the largest number allowed. */
export function wholeNumber(min: number, max: number) {
  return z.int().min(min).max(max)
}

/** @param min, max the least and the largest number allowed. */
export function number(min: number, max: number) {
  return z.number().min(min).max(max)
}

/** A point in time, as {@link parseInstant} reads it. */
export const instant = z.transform(parsing(parseInstant)).describe('time')

/** A point in time, or the start of a day before the session's, as {@link parseBoundary} reads it. */
export const boundary = z.transform(parsing(parseBoundary)).describe('time')

/** An IANA time zone, under its present name. */
export const timeZoneName = z
  .transform(
    parsing((written) => {
      try {
        return new Intl.DateTimeFormat('en', { timeZone: String(written) }).resolvedOptions().timeZone
      } catch {
        throw new Error('a time zone such as UTC, Asia/Tokyo or Europe/Berlin is needed')
      }
    }),
  )
  .describe('zone')

/** A character encoding that `TextDecoder` knows, under its present name. */
export const encoding = z
  .transform(
    parsing((written) => {
      try {
        return new TextDecoder(String(written).trim(), { fatal: true }).encoding
      } catch {
        throw new Error('an encoding such as utf-8, shift_jis, windows-1252 or utf-16le is needed')
      }
    }),
  )
  .describe('encoding')

const DELIMITERS: Readonly<Record<string, string>> = { tab: '\t', '\\t': '\t' }

/** A character between the fields of CSV; a tab by its name, too. */
export const delimiter = z
  .transform(
    parsing((written) => {
      const found = DELIMITERS[String(written).toLowerCase()] ?? String(written)
      if ([',', ';', '|', '\t'].includes(found)) return found
      throw new Error('one of , ; | and tab is needed')
    }),
  )
  .describe('character')

/** What a parser throws becomes an issue of zod's. */
function parsing<Value>(parse: (written: unknown) => Value) {
  return (written: unknown, context: z.core.$RefinementCtx): Value => {
    try {
      return parse(written)
    } catch (error) {
      context.issues.push({ code: 'custom', message: (error as Error).message, input: written })
      return z.NEVER
    }
  }
}

/**
 * @param written as a person wrote it in a flag or variable, or as a program passed it.
 * @throws {Error} that says what is needed.
 */
export function parseWritten(type: z.ZodType, written: unknown): unknown {
  const { data, error } = type.safeParse(fromText(type, written))
  if (error === undefined) return data
  const [issue] = error.issues
  const isSaid = issue?.code === 'custom' || issue?.code === 'invalid_format'
  throw new Error(isSaid ? issue.message : `${neededFor(type)} is needed`)
}

/** Flags and variables hold text; the type says what the text stands for. */
function fromText(type: z.ZodType, written: unknown): unknown {
  if (typeof written !== 'string') return written
  if (type instanceof z.ZodNumber) return written.trim() === '' ? written : Number(written)
  if (type instanceof z.ZodArray) return written.split(',')
  if (type instanceof z.ZodBoolean) return { true: true, 1: true, false: false, 0: false }[written]
  return written
}

function neededFor(type: z.ZodType): string {
  if (type instanceof z.ZodEnum) return `one of ${type.options.join(', ')}`
  if (type instanceof z.ZodBoolean) return 'true or false'
  if (type instanceof z.ZodArray && type.element instanceof z.ZodEnum) {
    return `one or more of ${type.element.options.join(', ')}`
  }
  if (!(type instanceof z.ZodNumber)) return 'text'
  return `${isWhole(type) ? 'a whole number' : 'a number'} from ${type.minValue} to ${type.maxValue}`
}

/** @returns `<integer 1..365>`, `<bilstm|hazard>` or `<file>...`: what stands for the value in help; nothing for a switch. */
export function shownType(type: z.ZodType): string {
  if (type instanceof z.ZodBoolean) return ''
  if (type instanceof z.ZodArray) return `<${(type.element as z.ZodType).description}>...`
  if (type instanceof z.ZodEnum) return `<${type.options.join(type.options.length > 6 ? ' | ' : '|')}>`
  if (!(type instanceof z.ZodNumber)) return `<${type.description}>`
  return `<${isWhole(type) ? 'integer' : 'number'} ${type.minValue}..${type.maxValue}>`
}

function isWhole(type: z.ZodNumber): boolean {
  return type.isInt
}
