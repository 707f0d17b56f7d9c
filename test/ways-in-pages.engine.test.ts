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
