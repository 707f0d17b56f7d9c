import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { describeFindings, finding, refuseErrors } from '../../src/findings/finding.ts'
import { FindingLog } from '../../src/findings/finding-log.ts'
import { findingKinds } from '../../src/findings/kinds.ts'
import { heavyUsersOf } from '../../src/queries/survey-users.ts'

const stray = finding('stray-rows', { count: 1, what: 'far away', example: '2001-01-01T00:00:00Z' })
const shared = finding('ids-of-several-users', { count: 1200, what: 'whose id several users have' })

describe('a finding', () => {
  it('says what, how many, the first example, what it does and what to do', () => {
    expect(describeFindings([stray])).toEqual([
      'found in the data:',
      '  stray-rows: 1 row far away, such as "2001-01-01T00:00:00Z"',
      `    ${stray.effect}`,
      `    ${stray.remedy}`,
    ])
    expect(shared.what).toBe('1,200 conversions whose id several users have')
    const named = finding('stray-rows', { count: 1, what: 'of "paid"', example: 'paid' })
    expect(describeFindings([named])[1]).toBe('  stray-rows: 1 row of "paid"')
  })

  it('that makes the answer wrong ends the step, unless it is allowed', () => {
    expect(() => refuseErrors([stray], [])).not.toThrow()
    expect(() => refuseErrors([stray, shared], ['ids-of-several-users'])).not.toThrow()
    expect(() => refuseErrors([stray, shared], ['stray-rows'])).toThrow(
      new DataError(
        `ids-of-several-users: ${shared.what}: ${shared.effect}; ${shared.remedy}\n` +
          'the answer would be wrong, so nothing was changed; --allow-findings ids-of-several-users (ALLOW_FINDINGS) goes on nevertheless',
      ),
    )
  })

  it('is logged once, and listed once in each step', () => {
    const logged: unknown[] = []
    const warn = (fields: object, event: string) => void logged.push({ ...fields, event })
    const log = new FindingLog({ debug() {}, info() {}, warn, error() {} })
    log.add([stray, shared])
    log.add([stray])
    expect(log.list).toEqual([stray, shared])
    log.clear()
    log.add([stray])
    expect(log.list).toEqual([stray])
    expect(logged).toEqual([
      expect.objectContaining({ finding: 'stray-rows', count: 1, event: stray.what }),
      expect.objectContaining({ finding: 'ids-of-several-users', severity: 'error', event: shared.what }),
    ])
  })
})

it('in docs/data.md is as it is printed', () => {
  const page = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8')
  const what = 'far before all others, which begin on 2026-01-01'
  const shown = finding('stray-rows', { count: 15, what, example: '2001-09-09T01:46:40Z' })
  expect(page).toContain(describeFindings([shown]).join('\n'))
})

it('of every kind is explained in docs/data.md', () => {
  const page = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8')
  const missing = Object.entries(findingKinds).filter(
    ([code, { means, effect, remedy }]) =>
      ![`\`${code}\``, means, effect, remedy].every((text) => page.includes(text)),
  )
  expect(missing.map(([code]) => code)).toEqual([])
})

describe('a user with more rows than a person makes', () => {
  const people = { users: 2000, rows: 19, example: 'ann' }

  it.each([
    ['has more than 1 % and 100 times the others', 1901, ['bot']],
    ['does not have 100 times the others', 1900, []],
  ])('%s', (_, rows, found) => {
    const sizes = [people, { users: 1, rows, example: 'bot' }]
    expect(heavyUsersOf(sizes).map(({ example }) => example)).toEqual(found)
  })

  it('is not one of a few users', () => {
    const sizes = [
      { users: 10, rows: 5, example: 'ann' },
      { users: 1, rows: 400, example: 'bob' },
    ]
    expect(heavyUsersOf(sizes)).toEqual([])
  })

  it('is found beside others of the kind', () => {
    const sizes = [
      people,
      { users: 1, rows: 5000, example: 'bot' },
      { users: 1, rows: 9000, example: 'null' },
    ]
    expect(heavyUsersOf(sizes).map(({ example }) => example)).toEqual(['null', 'bot'])
  })
})
