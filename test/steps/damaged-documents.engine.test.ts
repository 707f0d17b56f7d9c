import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const small = [
  '--model',
  'bilstm',
  '--steps-per-epoch',
  '2',
  '--train-epochs',
  '1',
  '--model-width',
  '4',
  '--log-level',
  'silent',
]
let whole: string

beforeAll(async () => {
  whole = mkdtempSync(join(tmpdir(), 'td-mta-test-'))
  const run = (words: readonly string[]) => runInProcess(words, { cwd: whole })
  await run(['simulate', '--users', '300', '--days', '20', '--output', 'touches.csv'])
  writeFileSync(join(whole, 'spend.csv'), 'channel,spend\nsearch,10\n')
  const done = await run(['run', '--input', 'touches.csv', ...small])
  expect(done.stderr).toBe('')
}, 120_000)
afterAll(() => rmSync(whole, { recursive: true, force: true }))

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Path = readonly (string | number)[]

/** @returns the paths to all leaves; of lists those to the first two items only. */
function* leavesOf(value: Json, path: Path = []): Generator<Path> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.slice(0, 2).entries()) yield* leavesOf(item, [...path, at])
    if (path.length > 0) yield path
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* leavesOf(item, [...path, key])
  } else yield path
}

function replaced(
  value: Json,
  [key, ...rest]: Path,
  by: (former: Json) => Json | undefined,
): Json | undefined {
  if (key === undefined) return by(value)
  if (Array.isArray(value))
    return value.map((item, at) => (at === key ? (replaced(item, rest, by) ?? null) : item))
  const entries = Object.entries(value as object).flatMap(([name, item]) => {
    const next = name === key ? replaced(item, rest, by) : item
    return next === undefined ? [] : [[name, next]]
  })
  return Object.fromEntries(entries)
}

type Damage = (former: Json) => Json | undefined

/** What a hand, a disk or another program may make of a value. */
const damages: readonly [Damage, ...Damage[]] = [
  () => undefined,
  () => null,
  () => -1,
  () => 1e9,
  () => 2 ** 40,
  () => 0.5,
  () => 'x',
  () => [],
  () => ({}),
  (former) =>
    typeof former === 'number' ? former + 1 : Array.isArray(former) ? [...former, ...former] : `${former}x`,
]

const documents = {
  'manifest.json': [['report'], ['shapley', '--model', 'hazard']],
  'model/manifest.json': [['report'], ['shapley', '--model', 'hazard']],
  'results/shapley.json': [['report']],
  'results/comparison.json': [['report'], ['shapley', '--model', 'hazard']],
} as const

/** Writes a document, and its checksum where others name it: they believe it. */
function damage(directory: string, name: string, content: Json | undefined): void {
  const bytes = Buffer.from(`${JSON.stringify(content)}\n`)
  writeFileSync(join(directory, 'mta-data', name), bytes)
  if (name !== 'manifest.json') return
  for (const other of ['model/manifest.json', 'results/shapley.json', 'results/comparison.json']) {
    const path = join(directory, 'mta-data', other)
    const document = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...document, exportCrc32c: crc32c(bytes) }))
  }
}

/** Every damage of every leaf takes half an hour; by turns, every third leaf gets one. */
const ALL = process.env.ALL_DAMAGES !== undefined

describe.each(Object.entries(documents))('a damaged %s', (name, commands) => {
  it('is refused by name, or does no harm', async () => {
    const directory = makeTemporaryDirectory()
    cpSync(whole, directory, { recursive: true })
    const content: Json = JSON.parse(readFileSync(join(directory, 'mta-data', name), 'utf8'))
    const bugs: string[] = []
    let turn = 0
    for (const path of leavesOf(content)) {
      turn++
      if (!ALL && turn % 3 > 0) continue
      for (const by of ALL ? damages : [damages[turn % damages.length] ?? damages[0]]) {
        damage(directory, name, replaced(content, path, by))
        for (const words of ALL ? commands : [commands[turn % commands.length] ?? commands[0]]) {
          const { code, stderr } = await runInProcess([...words, '--log-level', 'silent'], { cwd: directory })
          if ([0, 2, 3, 4].includes(code ?? -1)) continue
          bugs.push(`${words[0]} ${path.join('.')} ${by}: ${code} ${stderr.slice(0, 500)}`)
        }
      }
    }
    expect(bugs).toEqual([])
  }, 600_000)
})

describe('files whose checksums were put right', () => {
  /** Changes a file and its entry in a manifest, and what names that manifest. */
  function replaceFile(
    directory: string,
    manifest: string,
    name: string,
    change: (bytes: Buffer) => Buffer,
  ): void {
    const path = join(directory, 'mta-data', name)
    const bytes = change(readFileSync(path))
    writeFileSync(path, bytes)
    const text = readFileSync(join(directory, 'mta-data', manifest), 'utf8')
    const entry = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(entry)
      if (typeof value !== 'object' || value === null) return value
      const fields = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, entry(item)]))
      return 'name' in fields && fields.name === name
        ? { ...fields, bytes: bytes.length, crc32c: crc32c(bytes) }
        : fields
    }
    damage(directory, manifest, entry(JSON.parse(text)))
  }

  async function shapleyAfter(change: (directory: string) => void) {
    const directory = makeTemporaryDirectory()
    cpSync(whole, directory, { recursive: true })
    change(directory)
    return runInProcess(['shapley', '--log-level', 'silent'], { cwd: directory })
  }

  const withDouble = (value: number, at: number) => (bytes: Buffer) => {
    bytes.writeDoubleLE(value, at)
    return bytes
  }
  const shard = (label: string) => `${label}_tfrecords/part-00000-of-00001.tfrecord`
  const spans = 'evidence/part-00000-of-00001.spans'

  it('are taken as they are where nothing changed', async () => {
    const run = await shapleyAfter((directory) =>
      replaceFile(directory, 'manifest.json', spans, (bytes) => bytes),
    )
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })

  it('are refused where the last layer is another one', async () => {
    const run = await shapleyAfter((directory) =>
      replaceFile(directory, 'model/manifest.json', 'model/nets/00/weights.bin', (bytes) => {
        bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + 1, bytes.length - 4)
        return bytes
      }),
    )
    expect(run.stderr).toMatch(
      /^td-mta: model\/nets\/00\/weights\.bin: of pattern 1 the model says .*train again\n$/,
    )
    expect(run.code).toBe(3)
  })

  it('are refused where examples have the other label', async () => {
    const run = await shapleyAfter((directory) => {
      const negatives = readFileSync(join(directory, 'mta-data', shard('negative')))
      const manifest = JSON.parse(readFileSync(join(directory, 'mta-data/manifest.json'), 'utf8'))
      const [{ records }] = manifest.negativeShards
      manifest.positiveShards[0].records = records
      manifest.counts.positivePatterns = records
      writeFileSync(join(directory, 'mta-data/manifest.json'), JSON.stringify(manifest))
      replaceFile(directory, 'manifest.json', shard('positive'), () => negatives)
    })
    expect(run.stderr).toMatch(
      /positive_tfrecords\S+ record 1: label 0, all of .* must have 1; export again\n$/,
    )
    expect(run.code).toBe(3)
  })

  it.each([
    ['a number that is none', (bytes: Buffer) => bytes.fill(0xff, 8, 16)],
    ['a negative count', withDouble(-1, 8)],
    ['a key beyond all', withDouble(2 ** 52, 0)],
    ['cells beyond the window', withDouble(2 ** 51, 16)],
  ])('are refused where the evidence holds %s', async (_, change) => {
    const run = await shapleyAfter((directory) => replaceFile(directory, 'manifest.json', spans, change))
    expect(run.stderr).toMatch(/evidence\/part-00000-of-00001\.spans: row 1 holds key .*export again\n$/)
    expect(run.code).toBe(3)
  })
})
