import { expect, it, vi } from 'vitest'
import { comparePaths } from '../../src/comparison/compare-paths.ts'
import { localDaysOf } from '../../src/examples/local-days.ts'
import { readPaths } from '../../src/queries/read-paths.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { methodInSentence, methodNameOf } from '../../src/report/method-names.ts'
import { openCsv } from '../queries/duckdb-touchpoints.ts'
import { plainRules } from '../queries/journeys.ts'

/** One entry, and nothing else, is what a new rule takes. */
vi.mock('../../src/comparison/rules-of-thumb.ts', async (original) => {
  const { sql } = await import('../../src/queries/sql.ts')
  const module = await original<typeof import('../../src/comparison/rules-of-thumb.ts')>()
  const second: (typeof module.rulesOfThumb)[number] = {
    method: 'second_touch',
    name: 'Second touch',
    heading: 'second',
    explanation: 'All credit to the second touch of the path.',
    creditSql: () => sql`CASE WHEN touch = least(2, touches) THEN 1e0 ELSE 0e0 END`,
  }
  return { ...module, rulesOfThumb: [...module.rulesOfThumb, second] }
})

it('has a rule that was added in the comparison and in the report', async () => {
  const { warehouse, source } = await openCsv(
    `user_id,time,source,conversion,value
ann,1767600000,a,0,
ann,1767600001,b,0,
ann,1767600002,c,0,
ann,1767600003,,1,8
bob,1767600000,c,0,
bob,1767600001,,1,4
`,
  )
  const survey = await surveyTouchpoints(warehouse, source, plainRules)
  const channels = ['a', 'b', 'c']
  const read = await readPaths(
    warehouse,
    {
      ...survey.scan,
      rules: plainRules,
      channels,
      otherPosition: undefined,
      days: localDaysOf(plainRules.timeZone, survey.firstAtSec, survey.lastAtSec),
      ruleOptions: {
        directPlaces: [],
        positionWeights: { first: 0.4, between: 0.2, last: 0.4 },
        halfLifeDays: 7,
      },
    },
    new AbortController().signal,
  )
  await warehouse.close()
  const options = {
    channels,
    seedFormat: false,
    hasValue: true,
    markovOrders: 1,
    withNullPaths: true,
    seed: 1,
  }
  const { methods } = comparePaths(read, options)
  expect(methods.map(({ method }) => method)).toContain('second_touch')
  const rows = methods.find(({ method }) => method === 'second_touch')?.rows
  expect(rows?.map(({ channel, conversions, value, share }) => [channel, conversions, value, share])).toEqual(
    [
      ['a', 0, 0, 0],
      ['b', 1, 8, 0.5],
      ['c', 1, 4, 0.5],
      ['(baseline)', 0, 0, null],
    ],
  )
  expect(methodNameOf('second_touch')).toEqual({
    name: 'Second touch',
    kind: 'rule',
    explanation: 'All credit to the second touch of the path.',
  })
  expect(methodInSentence('second_touch')).toBe('second touch')
})
