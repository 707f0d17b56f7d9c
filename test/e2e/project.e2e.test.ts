import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runDigdag } from './digdag/digdag.ts'
import { type DigdagJars, installDigdag } from './digdag/install-digdag.ts'
import { makeProject, pushedFiles } from './workflow-project.ts'

const found = await installDigdag()
const skipped = 'missing' in found ? ` (skipped, no Digdag: ${found.missing})` : ''
const jars = found as DigdagJars
const workflow = join(import.meta.dirname, '../../digdag')
let home = ''

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'td-mta-digdag-home-'))
  return () => rmSync(home, { recursive: true, force: true })
})

describe('the folder that is pushed', () => {
  it('holds what the workflow needs and nothing else', () => {
    expect(pushedFiles(workflow)).toEqual([
      'attribution.dig',
      'params.yml',
      'queries/by_campaign.sql',
      'queries/by_channel.sql',
      'queries/by_day.sql',
      'queries/by_days_before.sql',
      'queries/by_method.sql',
      'queries/by_month.sql',
      'queries/gaps.sql',
      'queries/revenue_table.sql',
      'queries/user_rnd.sql',
      'step.yml',
    ])
  })

  it.skipIf('missing' in found)(`is a good workflow to Digdag, run each night${skipped}`, async () => {
    const run = await runDigdag(jars, ['check'], { cwd: makeProject({}), home, path: process.env.PATH ?? '' })
    expect(run.code, run.output).toBe(0)
    expect(run.output).toContain('Definitions (1 workflows):\n    attribution (6 tasks)')
    expect(run.output).toMatch(/daily>: "03:00:00"\n +first session time: /)
  })

  it.skipIf('missing' in found)(`is far below the 2 MB that a server takes${skipped}`, async () => {
    const cwd = makeProject({})
    const output = join(home, 'project.tar.gz')
    const run = await runDigdag(jars, ['archive', '--output', output], {
      cwd,
      home,
      path: process.env.PATH ?? '',
    })
    expect(run.code, run.output).toBe(0)
    expect(run.output.match(/Archiving \S+/g)).toHaveLength(pushedFiles(workflow).length)
    console.log(`archive: ${statSync(output).size} bytes`)
    expect(statSync(output).size).toBeLessThan(10_000)
  })
})
