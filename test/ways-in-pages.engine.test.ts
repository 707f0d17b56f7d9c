import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runInProcess } from './cli/in-process.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/** The pages on ways in: their examples. */
function pageOf(name: string): (marker: string) => string {
  const page = readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')
  return (marker) =>
    page
      .split(`<!-- test: ${marker} -->\n`)[1]
      ?.split('```')[1]
      ?.replace(/^\w*\n/, '') ?? ''
}

/** @returns the words of each command of a block. */
function commandsOf(block: string): string[][] {
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace('npx td-mta ', '').split(' '))
}

it('renames channels as docs/channel-rules.md says', async () => {
  const after = pageOf('channel-rules')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'rules.csv'), after('rules'))
  const [simulate = [], run = []] = commandsOf(after('commands'))
  expect(await runInProcess([...simulate, '--users', '600'], { cwd })).toMatchObject({ code: 0 })
  const { code, stdout } = await runInProcess([...run, '--no-report', '--format', 'json'], { cwd })
  expect(code).toBe(0)
  const { comparison } = JSON.parse(stdout)
  const channels = comparison[0].channels.map((one: { channel: string }) => one.channel)
  expect([...channels].sort()).toEqual(['affiliate', 'mail', 'paid', 'video', '社交'])
})

it('credits paths as docs/paths.md says', async () => {
  const after = pageOf('paths')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'paths.csv'), after('paths'))
  const [compare = []] = commandsOf(after('commands'))
  const { code, stdout } = await runInProcess([...compare, '--format', 'json'], { cwd })
  expect(code).toBe(0)
  const { comparison, comparisonTables, conversions, findings } = JSON.parse(stdout)
  expect([conversions, findings]).toEqual([24, []])
  const byMethod = Object.fromEntries(
    comparison.map(
      ({ method, channels }: { method: string; channels: { channel: string; conversions: number }[] }) => [
        method,
        Object.fromEntries(channels.map((one) => [one.channel, one.conversions])),
      ],
    ),
  )
  expect(byMethod.last_touch).toEqual({ display: 0, email: 15, search: 9 })
  expect(byMethod.linear).toEqual({ display: 1.5, email: 9.5, search: 13 })
  expect(byMethod.time_decay).toBeUndefined()
  expect(comparisonTables.map((one: { table: string }) => one.table)).toEqual([
    'attribution',
    'paths',
    'transitions',
    'removal_effects',
  ])
  const page = readFileSync(join(cwd, 'paths-data', 'report.html'), 'utf8')
  expect(page).toContain('Conversions by channel and method')
  // The table of paths is input, too.
  const again = [
    'compare',
    '--paths',
    'paths-data/tables/paths.csv',
    '--data-dir',
    'again',
    '--format',
    'json',
  ]
  const repeated = await runInProcess(again, { cwd })
  expect(JSON.parse(repeated.stdout).comparison).toEqual(comparison)
})
