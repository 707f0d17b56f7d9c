import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { readCsvBytes } from '../../src/warehouse/duckdb/csv-bytes.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const CUT_OFF = 'is cut off: its gzip data end too early; copy or make it again'
const FOLLOWED =
  'has other bytes after the end of its gzip data: copy it again, or unpack it and pack it anew'
const WRONG_SUM = "is damaged: the checksum (CRC) of its gzip data doesn't fit them; copy or make it again"
const WRONG_LENGTH = "is damaged: the length that its gzip data state doesn't fit them; copy or make it again"

const rows = 'user_id,time\nu,1\n'
const packed = gzipSync(rows)

async function readFile(content: Uint8Array, name = 'a.csv.gz'): Promise<string> {
  const directory = makeTemporaryDirectory()
  const file = join(directory, name)
  writeFileSync(file, content)
  let text = ''
  try {
    for await (const bytes of readCsvBytes(file)) text += bytes.toString()
    return text
  } catch (error) {
    if (error instanceof DataError) throw new DataError(error.message.replace(file, 'FILE'))
    throw error
  }
}

/** The bytes with one of them changed; counted from the end if negative. */
function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === (at + bytes.length) % bytes.length ? byte ^ 1 : byte))
}

it.each([
  ['plain text', 'a.csv', Buffer.from(rows), rows],
  ['one member', 'a.csv.gz', packed, rows],
  ['a name in upper case', 'A.CSV.GZ', packed, rows],
  [
    'several members, as of cat or bgzip',
    'a.csv.gz',
    Buffer.concat([packed, gzipSync('v,2\n')]),
    `${rows}v,2\n`,
  ],
  ['a member without text', 'a.csv.gz', Buffer.concat([packed, gzipSync('')]), rows],
  ['no text at all', 'a.csv.gz', gzipSync(''), ''],
])('reads a file of %s', async (_, name, content, text) => {
  expect(await readFile(content, name)).toBe(text)
})

it('reads what is larger than a chunk, member by member', async () => {
  const member = gzipSync(Buffer.alloc(3_000_000, 'x,y\n'), { level: 0 })
  expect((await readFile(Buffer.concat([member, member]))).length).toBe(6_000_000)
})

it.each([
  ['no byte', packed.subarray(0, 0), CUT_OFF],
  ['a part of its data', packed.subarray(0, 15), CUT_OFF],
  ['neither checksum nor length', packed.subarray(0, -8), CUT_OFF],
  ['all but the last byte', packed.subarray(0, -1), CUT_OFF],
  ['half of a second member', Buffer.concat([packed, packed.subarray(0, 12)]), CUT_OFF],
  ['another checksum', changed(packed, -8), WRONG_SUM],
  ['another checksum in its second member', Buffer.concat([packed, changed(packed, -8)]), WRONG_SUM],
  ['another length', changed(packed, -4), WRONG_LENGTH],
  ['a line of text after its end', Buffer.concat([packed, Buffer.from('v,2\n')]), FOLLOWED],
  ['zeros after its end', Buffer.concat([packed, Buffer.alloc(512)]), FOLLOWED],
  ['a member after zeros', Buffer.concat([packed, Buffer.alloc(8), packed]), FOLLOWED],
])('refuses a gzip file with %s', async (_, content, message) => {
  await expect(readFile(content)).rejects.toThrow(new DataError(`duckdb: FILE ${message}`))
})

it('refuses a file that is gone', async () => {
  const reading = readCsvBytes('/nowhere/a.csv').next()
  await expect(reading).rejects.toThrow(/^duckdb: can't read \/nowhere\/a\.csv: ENOENT/)
})
