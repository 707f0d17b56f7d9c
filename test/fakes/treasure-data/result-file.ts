import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { decodeMultiStream } from '@msgpack/msgpack'
import type { ResultColumn } from './jobs.ts'
import { ApiError } from './reply.ts'

/** What `job/result` was asked for beside the format. */
export interface ResultOptions {
  readonly header: boolean
  readonly nullifySpecial: boolean
  /** As Accept-Encoding asks; not for msgpack.gz, which is compressed anyway. */
  readonly gzip: boolean
}

/** A result in one format. */
export interface ResultFile {
  readonly path: string
  readonly bytes: number
  readonly type: string
}

const types: Readonly<Record<string, string>> = {
  'msgpack.gz': 'application/octet-stream',
  msgpack: 'application/x-msgpack',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
}

/**
 * Writes a result beside its msgpack.gz in another format, streaming.
 * @throws {ApiError} 422 for an unknown format.
 */
export async function formatResult(
  gzip: { readonly file: string; readonly columns: readonly ResultColumn[] },
  format: string,
  options: ResultOptions,
): Promise<ResultFile> {
  const type = types[format]
  if (type === undefined) throw new ApiError(422, `Validation failed: unknown result format '${format}'`)
  if (format === 'msgpack.gz') return { path: gzip.file, bytes: (await stat(gzip.file)).size, type }
  const kind = [options.header, options.nullifySpecial, options.gzip].map(Number).join('')
  const path = gzip.file.replace(/msgpack\.gz$/, `${kind}.${format}`)
  const unzipped = createReadStream(gzip.file).pipe(createGunzip())
  const lines =
    format === 'msgpack' ? unzipped : Readable.from(textLines(unzipped, gzip.columns, format, options))
  await pipeline([lines, ...(options.gzip ? [createGzip()] : []), createWriteStream(path)])
  return { path, bytes: (await stat(path)).size, type }
}

async function* textLines(
  unzipped: AsyncIterable<Uint8Array>,
  columns: readonly ResultColumn[],
  format: string,
  { header, nullifySpecial }: ResultOptions,
): AsyncGenerator<string> {
  const lineOf = format === 'json' ? jsonLine : format === 'csv' ? csvLine : tsvLine
  if (header && format !== 'json') yield lineOf(columns.map(([name]) => name))
  for await (const row of decodeMultiStream<undefined>(unzipped, { useBigInt64: true })) {
    const values = Array.isArray(row) ? row : []
    yield lineOf(nullifySpecial ? values.map((value) => (isSpecial(value) ? null : value)) : values)
  }
}

function isSpecial(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

function jsonLine(row: readonly unknown[]): string {
  return `${jsonText(row)}\n`
}

/** JSON in which integers of 64 bits keep their digits, and NaN and Infinity stand as such. */
function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, held]) => `${JSON.stringify(key)}:${jsonText(held)}`)
      .join(',')}}`
  }
  return JSON.stringify(value)
}

function csvLine(row: readonly unknown[]): string {
  const quoted = row.map((value) => {
    const text = plainText(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${quoted.join(',')}\n`
}

function tsvLine(row: readonly unknown[]): string {
  return `${row.map((value) => plainText(value).replace(/[\t\r\n]/g, ' ')).join('\t')}\n`
}

function plainText(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : jsonText(value)
}
