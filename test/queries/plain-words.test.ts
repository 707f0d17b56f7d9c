import { expect, it } from 'vitest'
import { checkPlainWords } from '../../src/queries/plain-words.ts'

it('refuses patterns of more than 200 words, and names what asks for them', () => {
  // Up to 52 channels a word a day, up to 364 seven of them.
  expect(() => checkPlainWords({ lookbackDays: 200, channelCount: 52 }, '--x')).not.toThrow()
  expect(() => checkPlainWords({ lookbackDays: 28, channelCount: 364 }, '--x')).not.toThrow()
  expect(() =>
    checkPlainWords({ lookbackDays: 29, channelCount: 364 }, '--credits-table (CREDITS_TABLE)'),
  ).toThrow(/--credits-table \(CREDITS_TABLE\): .* 29 days .* 364 channels .* 203 columns/)
})
