import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkNodeVersion } from '../../../src/commands/doctor/node-version.ts'
import { ConfigError } from '../../../src/errors.ts'

it('takes what package.json asks for, and all later ones', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(manifest.engines.node).toBe('>=20.19')
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0']) {
    expect(checkNodeVersion(version).found).toBe(version)
  }
})

it.each(['20.18.3', '18.20.1'])('refuses %s', (version) => {
  expect(() => checkNodeVersion(version)).toThrow(
    new ConfigError(`Node.js is ${version}: 20.19 or later is needed, install it`),
  )
})
