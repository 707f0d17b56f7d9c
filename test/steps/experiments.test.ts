import { describe, expect, it } from 'vitest'
import { runRulesOf } from '../../src/examples/channel-rules.ts'
import { checkKnownCauses, testsOf } from '../../src/steps/experiments.ts'

const evidence = { firstDay: 0, days: 28, firstExampleDay: null }
const ofAll = (channels: readonly string[], maxChannels: number) => ({
  channels,
  evidence,
  options: { maxChannels, conversionType: null },
})
const row = (channel: string, fromDay: number, days: number) => ({
  channel,
  from: new Date(fromDay * 86_400_000).toISOString().slice(0, 10),
  to: new Date((fromDay + days) * 86_400_000).toISOString().slice(0, 10),
  incrementalConversions: 1,
  standardError: 1,
})

describe('experiments beside the data', () => {
  it.each([
    { days: 6, outside: 0, isInside: true },
    { days: 6, outside: 1, isInside: false },
    { days: 14, outside: 1, isInside: true },
    { days: 14, outside: 2, isInside: false },
    { days: 40, outside: 12, isInside: false },
    { days: 1, outside: 9, isInside: false },
  ])('of $days days with $outside outside count: $isInside', ({ days, outside, isInside }) => {
    const experiments = [row('search', evidence.days + outside - days, days)]
    const { tests, findings } = testsOf({ experiments, placebos: [] }, ofAll(['search'], 100))
    expect(tests).toHaveLength(isInside ? 1 : 0)
    expect(findings.map(({ code }) => code)).toEqual(isInside ? [] : ['experiments-outside-data'])
  })

  it('may name a channel as the touchpoints do, unless rules made it a part of another one', () => {
    const rules = [
      { pattern: 'Google*', channel: 'search' },
      { pattern: 'Mail', channel: 'email' },
    ]
    const compared = {
      ...ofAll(['email', 'search'], 100),
      channelRules: runRulesOf(rules, ['Mail', 'google_cpc', 'google_display']),
    }
    const experiments = [row('mail', 0, 14), row('search', 0, 14)]
    expect(testsOf({ experiments, placebos: [] }, compared).tests.map(({ channels }) => channels)).toEqual([
      [0],
      [1],
    ])
    const together = testsOf({ experiments: [row('Mail+search', 0, 14)], placebos: [] }, compared)
    expect(together.tests.map(({ channels }) => channels)).toEqual([[0, 1]])
    const part = testsOf({ experiments: [row('google_cpc', 0, 14)], placebos: [] }, compared)
    expect(part.tests).toEqual([])
    const placebos = checkKnownCauses({ placeboChannels: ['google_cpc', 'Mail'] }, [], compared)
    expect(placebos.map(({ code, example }) => [code, example])).toEqual([
      ['placebos-without-touches', 'google_cpc'],
    ])
    expect(part.findings.map(({ what }) => what)).toEqual([
      '1 name that no channel has, by the names that --channel-table gives: "google_cpc"',
    ])
  })

  it('are unknown where no touchpoint has the name, whatever rules there are for the rest', () => {
    const rules = [
      { pattern: 'search', channel: 'search' },
      { pattern: 'email', channel: 'mail' },
      { pattern: '*', channel: 'rest' },
    ]
    const channelRules = runRulesOf(rules, ['search', 'email', 'display'])
    const compared = { ...ofAll(['mail', 'rest', 'search'], 100), channelRules }
    const { tests, findings } = testsOf(
      { experiments: [row('search+email', 0, 14), row('tv', 0, 14)], placebos: [] },
      compared,
    )
    expect(tests.map(({ channels }) => channels)).toEqual([[0, 2]])
    expect(findings.map(({ example }) => example)).toEqual(['tv'])
    const placebos = checkKnownCauses({ placeboChannels: ['dirct'] }, [], compared)
    expect(placebos.map(({ code, example }) => [code, example])).toEqual([
      ['placebos-without-touches', 'dirct'],
    ])
  })

  it('may be on a channel within (other), and so may a placebo', () => {
    const compared = ofAll(['search', 'email', '(other)'], 2)
    const found = checkKnownCauses({ placeboChannels: ['radio', 'radio'] }, [row('tv', 0, 14)], compared)
    expect(found.map(({ code, what, remedy }) => [code, what, remedy.includes('--max-channels')])).toEqual([
      ['placebos-without-touches', '1 name that no touchpoint has, or only within (other): "radio"', true],
      ['experiments-without-touches', '1 name that no touchpoint has, or only within (other): "tv"', true],
    ])
  })
})
