import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32c as native } from '@node-rs/crc32'
import { assert, property, uint8Array } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crc32c } from '../../scripts/bundle/crc32.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type Bundle, makeBundle } from './bundle.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')

let bundle: Bundle
beforeAll(async () => {
  bundle = await makeBundle()
})
afterAll(() => bundle.remove())

/** Runs the bundle far from any node_modules. */
function runBundle(...words: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  const program = join(bundle.directory, 'td-mta.mjs')
  return run(process.execPath, [program, ...words], { cwd: makeTemporaryDirectory(), env })
}

describe('the bundle', () => {
  it('says its version and names every command that the program has', async () => {
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    expect((await runBundle('--version')).stdout).toBe(`${version}\n`)
    const { stdout } = await run(process.execPath, [join(repository, 'dist/cli.js'), '--help'])
    expect((await runBundle('--help')).stdout).toBe(stdout)
  })

  it('is smaller than 8 MB, so that an archive of 10 MB holds it', () => {
    const files = readdirSync(bundle.directory).map((name) => join(bundle.directory, name))
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
    expect(bytes).toBeLessThan(8e6)
    // The charts of the report alone are more than that.
    expect(bytes).toBeGreaterThan(2e6)
  })

  it('computes on WebAssembly, with the file that lies beside it', async () => {
    const { stdout } = await runBundle('doctor', '--warehouse', 'td', '--format', 'json').catch(
      (error) => error,
    )
    const { checks } = JSON.parse(stdout)
    expect(checks).toContainEqual({
      check: 'backend',
      result: 'pass',
      found:
        'wasm, since gpu: @tensorflow/tfjs-node-gpu is not installed; native: @tensorflow/tfjs-node is not installed',
    })
  })

  it('says that DuckDB is not in it, and what to take instead', async () => {
    const failure = await runBundle('run', '--input', 'touchpoints.csv').catch((error) => error)
    expect(failure.code).toBe(2)
    expect(failure.stderr).toBe(
      'td-mta: DuckDB is not in this bundle: set --warehouse (WAREHOUSE) to td or ' +
        'trino:http://USER@HOST:PORT/CATALOG, or use the npm package or the image, which include it\n',
    )
  })

  it('holds the licence of what it is made of', () => {
    const text = readFileSync(join(bundle.directory, 'LICENSES-THIRD-PARTY.txt'), 'utf8')
    for (const name of ['@tensorflow/tfjs-core', '@google-cloud/storage', 'pino', 'yargs', 'undici']) {
      expect(text).toMatch(new RegExp(`^== ${name} \\d`, 'm'))
    }
  })
})

describe('its checksum', () => {
  it('is that of the native one, in one piece and in two', () => {
    assert(
      property(uint8Array({ maxLength: 100 }), uint8Array({ maxLength: 100 }), (one, other) => {
        const both = Buffer.concat([one, other])
        expect(crc32c(both)).toBe(native(both) >>> 0)
        expect(crc32c(other, crc32c(one))).toBe(native(both) >>> 0)
      }),
    )
  })
})
