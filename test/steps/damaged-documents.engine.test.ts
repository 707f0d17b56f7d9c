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

/** What a hand, a disk or another program may make of a value. */
const damages: readonly ((former: Json) => Json | undefined)[] = [
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

const ALL = process.env.ALL_DAMAGES !== undefined

describe.each(Object.entries(documents))('a damaged %s', (name, commands) => {
  it('is refused by name, or does no harm', async () => {
    const directory = makeTemporaryDirectory()
    cpSync(whole, directory, { recursive: true })
    const content: Json = JSON.parse(readFileSync(join(directory, 'mta-data', name), 'utf8'))
    const bugs: string[] = []
    let turn = 0
    for (const path of leavesOf(content)) {
      const chosen = ALL ? damages : [damages[turn++ % damages.length], damages[(turn * 3) % damages.length]]
      for (const by of chosen) {
        if (by === undefined) continue
        damage(directory, name, replaced(content, path, by))
        for (const words of commands) {
          const run = await runInProcess([...words, '--log-level', 'silent'], { cwd: directory })
          if (![0, 2, 3, 4].includes(run.code ?? -1))
            bugs.push(`${words[0]} ${path.join('.')} ${by}: ${run.code} ${run.stderr.slice(0, 500)}`)
        }
      }
    }
    expect(bugs).toEqual([])
  }, 600_000)
})
