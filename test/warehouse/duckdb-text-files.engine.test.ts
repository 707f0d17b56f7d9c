import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, DataError, messageOf } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { errorOf, filesIn, HEADER, open, read } from './duckdb-files.ts'

type Format = Parameters<typeof read>[2]

async function messageFor(
  content: string | Uint8Array,
  format: Format = {},
  name = 'a.csv',
): Promise<string> {
  const directory = filesIn({ [name]: content })
  const error = await errorOf(read(directory, [name], format))
  expect(error).toBeInstanceOf(DataError)
  return messageOf(error).replaceAll(directory, 'DIR')
}

function utf16(text: string, isBig = false, mark = '\ufeff'): Buffer {
  const bytes = Buffer.from(mark + text, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

function leftIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith('td-mta-input-'))
}

/** Encoded by the tables of Python 3 (`'検索'.encode('shift_jis')` and so on). */
const KENSAKU_SHIFT_JIS = Buffer.from([0x8c, 0x9f, 0x8d, 0xf5])
const KENSAKU_EUC_JP = Buffer.from([0xb8, 0xa1, 0xba, 0xf7])
const PRICE_WINDOWS_1252 = Buffer.from([0x80, 0x92, 0xe9])

function withChannel(channel: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${HEADER}u,1,`), channel, Buffer.from('\n')])
}

describe('text in an encoding that was given', () => {
  let temporary: string

  beforeEach(() => {
    temporary = join(makeTemporaryDirectory(), 'tmp')
    mkdirSync(temporary)
    vi.stubEnv('TMPDIR', temporary)
  })

  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it.each([
    ['shift_jis', 'a.csv', withChannel(KENSAKU_SHIFT_JIS), '検索'],
    ['euc-jp', 'a.csv', withChannel(KENSAKU_EUC_JP), '検索'],
    ['windows-1252', 'a.csv', withChannel(PRICE_WINDOWS_1252), '€’é'],
    ['windows-1252', 'a.csv.gz', gzipSync(withChannel(PRICE_WINDOWS_1252)), '€’é'],
    ['utf-16le', 'a.csv', utf16(`${HEADER}u,1,検索\n`), '検索'],
    ['utf-16le', 'a.csv', utf16(`${HEADER}u,1,x\n`, false, ''), 'x'],
    ['utf-16be', 'a.csv', utf16(`${HEADER}u,1,検索\n`, true), '検索'],
    ['utf-8', 'a.csv', `\ufeff${HEADER}u,1,検索\n`, '検索'],
    ['shift_jis', 'a.csv', `${HEADER}u,1,only ASCII\n`, 'only ASCII'],
  ])('is read as it is: %s in %s, %#', async (encoding, name, content, channel) => {
    expect(await read(filesIn({ [name]: content }), [name], { encoding })).toEqual([['u', '1', channel]])
    expect(leftIn(temporary)).toEqual([])
  })

  it('is read where it is longer than a chunk, characters across its bounds', async () => {
    const rows = Array.from({ length: 300_000 }, (_, at) => `u${at},1,検索\n`).join('')
    const directory = filesIn({ 'a.csv': utf16(`${HEADER}odd,1,x\n${rows}`) })
    const found = await read(directory, ['a.csv'], { encoding: 'utf-16le' })
    expect(found.length).toBe(300_001)
    expect(found.filter(([, , channel]) => channel === '検索').length).toBe(300_000)
  })

  it('is found broken, with the line', async () => {
    const content = Buffer.concat([
      withChannel(KENSAKU_SHIFT_JIS),
      Buffer.from('v,2,'),
      Buffer.from([0x81, 0x0a]),
    ])
    expect(await messageFor(content, { encoding: 'shift_jis' })).toBe(
      'duckdb: DIR/a.csv: line 3 holds bytes that are not shift_jis: ' +
        'give its encoding by --input-encoding (INPUT_ENCODING), or correct the line',
    )
    expect(leftIn(temporary)).toEqual([])
  })

  it('is found broken where its last character is cut off', async () => {
    const content = utf16(`${HEADER}u,1,x\n`)
    expect(await messageFor(content.subarray(0, -1), { encoding: 'utf-16le' })).toMatch(/line 2 holds bytes/)
  })

  it('is found to be UTF-8', async () => {
    expect(await messageFor(`${HEADER}u,1,検索\n`, { encoding: 'shift_jis' })).toBe(
      'duckdb: DIR/a.csv is not shift_jis: its bytes are those of UTF-8 throughout; leave out --input-encoding (INPUT_ENCODING)',
    )
  })

  it.each([
    ['utf-16le', utf16(HEADER, true), 'UTF-16BE, not utf-16le', 'utf-16be'],
    ['utf-16le', `${HEADER}u,1,x\n`, 'UTF-8, not utf-16le', 'utf-8'],
    ['shift_jis', `\ufeff${HEADER}`, 'UTF-8, not shift_jis', 'utf-8'],
    ['windows-1252', utf16(HEADER), 'UTF-16LE, not windows-1252', 'utf-16le'],
  ])('is found to be another by its beginning: %s', async (encoding, content, what, remedy) => {
    expect(await messageFor(content, { encoding })).toBe(
      `duckdb: DIR/a.csv begins like ${what}: give --input-encoding (INPUT_ENCODING) ${remedy}`,
    )
  })

  it('is found cut off where it is packed', async () => {
    const content = gzipSync(withChannel(KENSAKU_SHIFT_JIS)).subarray(0, -8)
    expect(await messageFor(content, { encoding: 'shift_jis' }, 'a.csv.gz')).toMatch(/a\.csv\.gz is cut off/)
  })
})

describe('text that is not UTF-8 without a word', () => {
  it.each([
    ['with a mark', utf16(HEADER), 'UTF-16LE'],
    ['with a mark, big endian', utf16(HEADER, true), 'UTF-16BE'],
    ['without a mark', utf16(`${HEADER}u,1,x\n`, false, ''), 'UTF-16LE'],
    ['without a mark, big endian', utf16(`${HEADER}u,1,x\n`, true, ''), 'UTF-16BE'],
  ])('is called UTF-16 %s', async (_, content, name) => {
    expect(await messageFor(content)).toBe(
      `duckdb: DIR/a.csv begins like ${name}, not utf-8: give --input-encoding (INPUT_ENCODING) ${name.toLowerCase()}`,
    )
  })

  it('is called UTF-32', async () => {
    expect(await messageFor(Buffer.from([0xff, 0xfe, 0, 0, 0x75, 0, 0, 0]))).toBe(
      'duckdb: DIR/a.csv begins like UTF-32, not utf-8: save it as UTF-8',
    )
  })

  it('is named with its line', async () => {
    expect(await messageFor(withChannel(PRICE_WINDOWS_1252))).toBe(
      'duckdb: DIR/a.csv: line 2 is not UTF-8: give the encoding of the file by --input-encoding (INPUT_ENCODING), ' +
        'such as windows-1252 or shift_jis, or save it as UTF-8',
    )
    expect(await messageFor(Buffer.from([0x75, 0xe9, 0x2c, 0x0a]))).toMatch(/line 1 is not UTF-8/)
  })
})

describe('the character NUL', () => {
  it.each([
    ['a field', `${HEADER}u,1,x\nu,2,a\0b\n`, 'line 3, column source'],
    ['a quoted field with a line break', `${HEADER}u,1,"a,\n\0"\n`, 'line 3, column user_id'],
    ['a quoted field', `${HEADER}u,"1,\0",x\n`, 'line 2, column time'],
    ['the first field', `${HEADER}\0,1,x\n`, 'line 2, column user_id'],
    ['nothing else', '\0'.repeat(1000), 'line 1'],
    ['the first line', 'user_id,time,source,no\0te\nu,1,x,y\n', 'line 1'],
  ])('is named with its line and column in %s', async (_, content, where) => {
    expect(await messageFor(content)).toBe(
      `duckdb: DIR/a.csv: ${where} holds the character NUL (a byte of 0), which no text may: remove it, or make the file again`,
    )
  })
})

describe('line ends', () => {
  it.each([
    [
      'LF and CRLF',
      'user_id,time,source\nu,1,x\nu,2,x\r\n',
      'line 3 ends with CRLF, those before it with LF',
    ],
    [
      'CRLF and LF',
      'user_id,time,source\r\nu,1,"x\n"\r\nu,2,x\n',
      'line 4 ends with LF, those before it with CRLF',
    ],
    ['LF and CR', 'user_id,time,source\nu,1,x\ru,2,x\n', 'line 2 ends with CR, those before it with LF'],
    ['LF and CR at the end', 'user_id,time,source\nu,1,x\r', 'line 2 ends with CR, those before it with LF'],
    [
      'LF and CRLF behind quotes',
      'user_id,time,source\nu,1,"x"\r\n',
      'line 2 ends with CRLF, those before it with LF',
    ],
  ])('of two kinds are named: %s', async (_, content, what) => {
    expect(await messageFor(content)).toBe(
      `duckdb: DIR/a.csv: ${what}: end all lines alike, for example by dos2unix`,
    )
  })

  it.each(['\n', '\r\n', '\r'])('of one kind are read: %j', async (end) => {
    const directory = filesIn({ 'a.csv': ['user_id,time,source', 'u,1,x', 'u,2,"y\r\nz"', ''].join(end) })
    expect(await read(directory, ['a.csv'])).toEqual([
      ['u', '1', 'x'],
      ['u', '2', 'y\r\nz'],
    ])
  })
})

describe('the first line', () => {
  it.each([
    ['pipes', 'user_id|time|source\nu|1|x,y\n', {}, 'x,y'],
    ['more semicolons than commas', 'user_id;"time";source;a,b\nu;1;x,y;0\n', {}, 'x,y'],
    ['a delimiter that was given', 'user_id,time,source,a|b|c|d|e|f\nu,1,x,1\n', { delimiter: ',' }, 'x'],
    ['an index without a name, as of pandas', ',user_id,time,source\n0,u,1,x\n', {}, 'x'],
    ['a delimiter at the end of all lines', 'user_id,time,source,\nu,1,x,\n', {}, 'x'],
    ['blanks around names', ' user_id ,"time ",\u00a0\u200bsource\nu,1,x\n', {}, 'x'],
    ['a name that is ours for an unnamed column', 'unnamed_2,,user_id,time,source\na,b,u,1,x\n', {}, 'x'],
  ])('may have %s', async (_, content, format, channel) => {
    expect(await read(filesIn({ 'a.csv': content }), ['a.csv'], format)).toEqual([['u', '1', channel]])
  })

  it.each([
    ['\nuser_id,time,source\n', 'the first line is empty: it must name the columns'],
    ['sep=;\nuser_id;time;source\n', 'the first line is sep=;, which only spreadsheets know: remove it'],
    ['user_id,"time,source\nu,1,x\n', 'the first line has a quote that is not closed: correct it'],
    [
      'user_id,time, TIME,source\n',
      'column 3 of the first line is called TIME like another one; give each column a name of its own',
    ],
  ])('must not be %j', async (content, message) => {
    expect(await messageFor(content)).toBe(`duckdb: DIR/a.csv: ${message}`)
  })
})

it('reads line breaks within quotes in files that are longer than what one thread reads at once', async () => {
  const rows = Array.from({ length: 1_500_000 }, (_, at) => `${at},1,"a\nu,1,x\n"\n`).join('')
  const directory = filesIn({ 'a.csv': HEADER + rows })
  const warehouse = await open(directory, [join(directory, 'a.csv')])
  const counted: Row[] = []
  const query = sql`SELECT count(*), sum(CAST(user_id AS bigint)), count(DISTINCT source) FROM "mta"."mock_data"`
  for await (const batch of warehouse.query(query)) counted.push(...batch)
  await warehouse.close()
  expect(counted).toEqual([[1_500_000, (1_500_000 * 1_499_999) / 2, 1]])
})

it('shortens the broken row that it shows', async () => {
  const message = await messageFor(`${HEADER}u,1,${'x'.repeat(1000)},y\n`)
  expect(message).toMatch(/line 2 has 4 fields.* \("u,1,x{116}\.\.\."\)$/)
  expect(await messageFor(`${HEADER}u,1,${'x'.repeat(3_000_000)}\n`)).toMatch(
    /line 2 is longer than 2,000,000 bytes: a quote may not be closed \("u,1,x{116}\.\.\."\)$/,
  )
})

it('refuses what is said of CSV files where there are none', async () => {
  const directory = filesIn({ 'a.parquet': '' })
  for (const [format, option] of [
    [{ encoding: 'shift_jis' }, '--input-encoding (INPUT_ENCODING)'],
    [{ delimiter: ';' }, '--input-delimiter (INPUT_DELIMITER)'],
  ] as const) {
    expect(await errorOf(open(directory, [join(directory, 'a.parquet')], undefined, format))).toEqual(
      new ConfigError(`${option} is for CSV files, but --input (INPUT) names Parquet files: leave it out`),
    )
  }
})
