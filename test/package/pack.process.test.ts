import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const repository = join(import.meta.dirname, '../..')
const npm = (words: readonly string[], cwd: string) => {
  return execFileSync('npm', [...words], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

// A small package that this one needs, too.
const { status } = spawnSync('npm', [
  'view',
  'pure-rand',
  'version',
  '--fetch-retries=0',
  '--fetch-timeout=10000',
])
const skipped = status === 0 ? '' : ' (skipped: no package registry can be reached)'

it.skipIf(skipped !== '')(
  `installs elsewhere without what the overrides replace, and works there${skipped}`,
  () => {
    const folder = makeTemporaryDirectory()
    // The program is built by now.
    const packed = npm(
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
      repository,
    ).trim()
    writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}')
    npm(
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', join(folder, packed)],
      folder,
    )
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    const installed = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ''))
    expect(installed).toContain('td-mta')
    for (const replaced of ['td', 'td-client', 'request', 'nock', 'jsdoc', 'core-js']) {
      expect(installed).not.toContain(replaced)
      expect(existsSync(join(folder, 'node_modules', replaced))).toBe(false)
    }
    const run = (...words: readonly string[]) => {
      const program = join(folder, 'node_modules/.bin/td-mta')
      const { status, stdout, stderr } = spawnSync(program, [...words], { cwd: folder, encoding: 'utf8' })
      return { status, stdout, stderr }
    }
    expect(run('--help').stdout).toContain('td-mta <command> [options]')
    const demo = [
      '--users',
      '300',
      '--days',
      '20',
      '--steps-per-epoch',
      '1',
      '--train-epochs',
      '1',
      '--model-width',
      '4',
    ]
    expect(run('demo', ...demo, '--log-level', 'silent')).toMatchObject({ status: 0, stderr: '' })
    // The client of Treasure Data is part of the package: it gets as far as calling.
    const client = run('train', '--warehouse', 'td', '--data-dir', 'mta-data', '--log-level', 'silent')
    expect(client).toMatchObject({ status: 2, stderr: expect.stringContaining('TD_API_KEY is not set') })
    const module = join(folder, 'node_modules/td-mta/dist/warehouse/treasure-data/control-client.js')
    const names = execFileSync(process.execPath, [
      '-e',
      `import(${JSON.stringify(module)}).then((m) => console.log(Object.keys(m)))`,
    ])
    expect(names.toString()).toContain('controlRequest')
  },
)
