import { describe, expect, it } from 'vitest'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { truthWithinWindow } from '../../src/simulation/truth.ts'

const options = { users: 300, days: 30, seed: 4, startAtSec: 20_454 * 86_400 }

describe('simulated campaigns', () => {
  it.each(['clean', 'synergy', 'seed-format', 'order-confirmations', 'multiplicative'] as const)(
    'add up to their channels in the truth, within any window: %s',
    (variant) => {
      const simulation = simulateTouchpoints({ ...options, variant, campaigns: 40 })
      const rows = [...simulation.rows].flat()
      const truth = truthWithinWindow(simulation.truth(), 5)
      const touched = new Map<string, number>()
      for (const { channel, campaign } of rows) {
        expect(campaign?.startsWith(`${channel} `)).toBe(channel === null ? undefined : true)
        if (campaign !== undefined) touched.set(campaign, (touched.get(campaign) ?? 0) + 1)
      }
      for (const { channel, conversions, value, touches } of truth.byChannel) {
        const own = truth.byCampaign!.filter((one) => one.channel === channel)
        const sum = (of: 'conversions' | 'value' | 'touches') => own.reduce((all, one) => all + one[of], 0)
        expect(sum('conversions')).toBeCloseTo(conversions, 9)
        expect(sum('value')).toBeCloseTo(value, 6)
        expect(sum('touches')).toBe(touches)
      }
      for (const { campaign, touches } of truth.byCampaign!) expect(touched.get(campaign) ?? 0).toBe(touches)
    },
  )

  it('are fewer than channels, too: then the touches of the last ones have none', () => {
    const simulation = simulateTouchpoints({ ...options, variant: 'clean', campaigns: 2 })
    const named = new Set([...simulation.rows].flat().map(({ channel, campaign }) => campaign && channel))
    expect([...named].sort()).toEqual(['affiliate', 'direct', undefined])
  })

  it('have effects of their own: a touch of one causes its factor times what one of its channel does', () => {
    const simulation = simulateTouchpoints({ ...options, users: 4000, variant: 'clean', campaigns: 14 })
    for (const _ of simulation.rows);
    const { byCampaign = [] } = simulation.truth()
    const social = byCampaign.filter(({ channel }) => channel === 'social')
    // What a touch causes is lost where another cause comes first, for all campaigns alike.
    const [first, second] = social.map(({ conversions, touches, factor }) => ({
      rate: conversions / touches / factor,
      error: 1 / Math.sqrt(conversions),
    }))
    expect(Math.abs(Math.log(first!.rate / second!.rate))).toBeLessThan(
      4 * Math.hypot(first!.error, second!.error),
    )
  })
})
