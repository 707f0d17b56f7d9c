import { expect, it } from 'vitest'
import { afterConversionFindings } from '../../src/steps/after-conversion.ts'
import { repeatSample } from '../evidence/repeat-sample.ts'
import { manifestOf } from '../report/fixtures.ts'

const manifest = manifestOf([['search', 1]])
const works = { touched: 60, untouched: 0 }
const idle = { touched: 30, untouched: 100 }

function remediesOf(again: typeof works, rule: 'used-up' | 'keep', of = manifest): readonly string[] {
  return afterConversionFindings(of, repeatSample(again, rule)).map(({ remedy }) => remedy)
}

it('names the other value of --after-conversion where the data contradict the one that was chosen', () => {
  const remedy = 'export again with --after-conversion (AFTER_CONVERSION)'
  expect(remediesOf(works, 'used-up')).toEqual([`${remedy} keep`])
  expect(remediesOf(works, 'keep')).toEqual([])
  expect(remediesOf(idle, 'keep')).toEqual([`${remedy} used-up`])
  expect(remediesOf(idle, 'used-up')).toEqual([])
})

it('says nothing of fewer than 30 conversions, nor where no choice is left', () => {
  expect(remediesOf({ ...works, touched: 30 }, 'used-up')).toHaveLength(1)
  expect(remediesOf({ ...works, touched: 29 }, 'used-up')).toEqual([])
  expect(remediesOf(works, 'used-up', { ...manifest, seedFormat: true })).toEqual([])
  const options = { ...manifest.options, examples: 'td-mta' } as const
  expect(remediesOf(works, 'used-up', { ...manifest, options })).toEqual([])
})
