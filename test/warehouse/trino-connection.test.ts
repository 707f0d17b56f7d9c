import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, messageOf } from '../../src/errors.ts'
import { readTrinoConnection } from '../../src/warehouse/trino/connection.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const NEEDED = 'trino:http://USER@HOST:PORT/CATALOG or trino:https://USER@HOST:PORT/CATALOG is needed'

function errorOf(warehouse: string, environment: Readonly<Record<string, string>> = {}): unknown {
  try {
    readTrinoConnection(warehouse, environment)
    return undefined
  } catch (error) {
    return error
  }
}

describe('the address of a Trino server', () => {
  it('holds server, user and catalog', () => {
    expect(readTrinoConnection('trino:http://ann@trino.example:8080/hive', {})).toEqual({
      origin: 'http://trino.example:8080',
      user: 'ann',
      password: undefined,
      catalog: 'hive',
      authorities: undefined,
      checksCertificate: true,
      name: 'trino:http://ann@trino.example:8080/hive',
    })
  })

  it('may have a user and a catalog with any letters, percent-encoded', () => {
    const { user, catalog, name } = readTrinoConnection('trino:https://ann%40x.example@h/my%20data', {})
    expect([user, catalog, name]).toEqual([
      'ann@x.example',
      'my data',
      'trino:https://ann%40x.example@h/my%20data',
    ])
  })

  it.each([
    ['trino:', 'trino:', 'that is not a URL'],
    ['trino:localhost', 'trino:localhost', 'that is not a URL'],
    ['trino:ftp://ann@h/c', 'trino:ftp://h/c', 'ftp is neither http nor https'],
    ['trino:http://h:8080/c', 'trino:http://h:8080/c', 'the user is missing'],
    ['trino:http://ann@h:8080', 'trino:http://h:8080', 'the catalog is missing'],
    [
      'trino:http://ann@h/c/mta',
      'trino:http://h/c/mta',
      'the catalog "c/mta" has a slash in it (the schema is given by --db, DB)',
    ],
    ['trino:http://ann@h/c?x=1', 'trino:http://h/c?x=1', 'nothing may follow the catalog'],
  ])('is refused as %s', (warehouse, shown, problem) => {
    expect(errorOf(warehouse)).toEqual(
      new ConfigError(`--warehouse (WAREHOUSE) is "${shown}": ${problem}; ${NEEDED}`),
    )
  })

  it('is refused with a password in it, which is not shown', () => {
    expect(errorOf('trino:https://ann:s3cret@h/c')).toEqual(
      new ConfigError(
        '--warehouse (WAREHOUSE) is "trino:https://h/c": it contains a password, which others can read in ' +
          `process lists and logs; set the variable TRINO_PASSWORD instead, and change the password; ${NEEDED}`,
      ),
    )
  })

  it('never shows a password, however broken it is', () => {
    const scheme = fc.constantFrom(
      'http://',
      'https://',
      'HTTP://',
      'http:/',
      'https:',
      'jdbc:trino://',
      '',
      '//',
    )
    const odd = fc.string({ unit: fc.constantFrom('/', ':', '@', '?', '#', '%', ' ', 'x'), maxLength: 3 })
    fc.assert(
      fc.property(
        scheme,
        odd,
        odd,
        fc.constantFrom('', '/c', '/c/d', '/%zz'),
        (start, before, after, end) => {
          const warehouse = `trino:${start}ann:${before}s3cret${after}@h:8080${end}`
          const error = errorOf(warehouse)
          expect(error).toBeInstanceOf(ConfigError)
          expect(messageOf(error)).not.toContain('s3cret')
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the environment of a Trino server', () => {
  it('holds the password', () => {
    const { password, name } = readTrinoConnection('trino:https://ann@h/c', { TRINO_PASSWORD: 's3cret' })
    expect([password, name]).toEqual(['s3cret', 'trino:https://ann@h/c'])
  })

  it('may not hold one for http', () => {
    expect(errorOf('trino:http://ann@h:8080/c', { TRINO_PASSWORD: 's3cret' })).toEqual(
      new ConfigError(
        'TRINO_PASSWORD is set, and http would send it readable by all to http://h:8080: ' +
          'give --warehouse (WAREHOUSE) trino:https://..., or unset TRINO_PASSWORD',
      ),
    )
  })

  it('is unset if it is empty', () => {
    const empty = { TRINO_PASSWORD: '', TRINO_CA_FILE: '', TRINO_INSECURE_TLS: '' }
    expect(readTrinoConnection('trino:http://ann@h:8080/c', empty)).toEqual(
      readTrinoConnection('trino:http://ann@h:8080/c', {}),
    )
  })

  it.each([
    ['true', false],
    ['1', false],
    ['false', true],
    ['0', true],
  ])('switches the check of certificates: TRINO_INSECURE_TLS=%s', (value, checks) => {
    const { checksCertificate } = readTrinoConnection('trino:https://ann@h/c', { TRINO_INSECURE_TLS: value })
    expect(checksCertificate).toBe(checks)
  })

  it('accepts no other word for a switch', () => {
    expect(errorOf('trino:https://ann@h/c', { TRINO_INSECURE_TLS: 'maybe' })).toEqual(
      new ConfigError('TRINO_INSECURE_TLS is "maybe": true or false is needed'),
    )
  })

  it('names certificate files that hold no certificate', () => {
    const file = join(makeTemporaryDirectory(), 'ca.pem')
    expect(errorOf('trino:https://ann@h/c', { TRINO_CA_FILE: file })).toEqual(
      new ConfigError(`TRINO_CA_FILE: can't read ${file}: ENOENT: no such file or directory, open '${file}'`),
    )
    writeFileSync(file, 'no certificate')
    expect(errorOf('trino:https://ann@h/c', { TRINO_CA_FILE: file })).toEqual(
      new ConfigError(`TRINO_CA_FILE: ${file} holds no certificate: a file in PEM is needed`),
    )
  })
})
