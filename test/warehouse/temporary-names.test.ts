import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isTemporaryOf,
  LEASE_SEC,
  leftOversOf,
  ownerOf,
  readTemporaryName,
  type TemporaryKind,
  temporaryNames,
} from '../../src/warehouse/temporary-names.ts'
import { bulkImportName, fillingDomainKey } from '../../src/warehouse/treasure-data/names.ts'
import { lookAlikes } from './look-alikes.ts'

const nowSec = 1767323045
const tableName = fc.stringMatching(/^[a-z0-9_]{3,255}$/)
const kind = fc.constantFrom<TemporaryKind>('tmp', 'lookup', 'former', 'lease')

/** @returns the name of a temporary table of an owner. */
function nameOf(target: string, owner: string, madeAtSec: number, kind: TemporaryKind = 'tmp'): string {
  return temporaryNames(ownerOf(owner), madeAtSec)({ database: 'mta', table: target }, kind).table
}

describe('names of temporary tables', () => {
  it('tell kind, owner and time, and fit where 128 letters, digits and underscores do', () => {
    fc.assert(
      fc.property(tableName, fc.string(), kind, (table, unique, kind) => {
        const owner = ownerOf(unique)
        const temporary = temporaryNames(owner, nowSec)({ database: 'mta', table }, kind)
        expect(temporary.table).toMatch(/^[a-z0-9_]{3,128}$/)
        expect(bulkImportName(temporary)).toMatch(/^[a-z0-9_]{3,128}$/)
        expect(fillingDomainKey(temporary, 'query', 12).length).toBeLessThan(50)
        const found = readTemporaryName(temporary.table)
        expect(found).toEqual({ name: temporary.table, kind, owner, madeAtSec: nowSec })
        expect(found && isTemporaryOf(found, table)).toBe(true)
      }),
    )
  })

  it('belong to one table, however long its name', () => {
    fc.assert(
      fc.property(tableName, tableName, (table, other) => {
        fc.pre(table !== other)
        const found = readTemporaryName(nameOf(table, 'a', nowSec))
        expect(found && isTemporaryOf(found, other)).toBe(false)
      }),
    )
    const long = 'x'.repeat(200)
    const found = readTemporaryName(nameOf(`${long}a`, 'a', nowSec))
    expect(found && isTemporaryOf(found, `${long}b`)).toBe(false)
  })

  it('are never read from names that are not ours', () => {
    for (const name of lookAlikes('attribution'))
      expect([name, readTemporaryName(name)]).toEqual([name, undefined])
    fc.assert(fc.property(tableName, (name) => readTemporaryName(name) === undefined))
  })

  it('are not ours once a character is another one', () => {
    const name = nameOf('attribution', 'a', nowSec)
    fc.assert(
      fc.property(fc.nat(name.length - 1), fc.constantFrom('0', '1', 'a', '_', 'z'), (at, character) => {
        fc.pre(name[at] !== character)
        const altered = name.slice(0, at) + character + name.slice(at + 1)
        expect(readTemporaryName(altered)).toBeUndefined()
      }),
    )
  })
})

describe('left-overs', () => {
  const dead = nowSec - LEASE_SEC - 1

  it('are the temporary tables of the targets whose owner made none for longer than the lease', () => {
    const names = [
      nameOf('shapley', 'dead', dead),
      nameOf('shapley', 'dead', dead, 'lookup'),
      nameOf('shapley', 'living', nowSec - LEASE_SEC),
      nameOf('metrics', 'dead', dead),
      'shapley',
    ]
    expect(leftOversOf(['shapley'], names, nowSec).map(({ name }) => name)).toEqual(names.slice(0, 2))
  })

  it('are none as long as the owner renews its lease, for whatever table', () => {
    const old = nameOf('shapley', 'long', dead - 50_000)
    const lease = nameOf('metrics', 'long', nowSec - 600, 'lease')
    expect(leftOversOf(['shapley'], [old, lease], nowSec)).toEqual([])
    expect(leftOversOf(['shapley'], [old, lease], nowSec + LEASE_SEC).map(({ name }) => name)).toEqual([old])
  })

  it('are none where a clock is ahead of ours', () => {
    expect(leftOversOf(['shapley'], [nameOf('shapley', 'ahead', nowSec + 50_000)], nowSec)).toEqual([])
  })
})
