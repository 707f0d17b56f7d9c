import { describe, expect, it } from 'vitest'
import { type CampaignTouches, chooseLeaves } from '../../src/examples/leaves.ts'

const touches = (channel: string, campaign: string | null, count: number): CampaignTouches => ({
  channel,
  campaign,
  touches: count,
})

describe('the campaigns to keep apart', () => {
  it('are grouped by channel, in the order of code points, and may have one name in two channels', () => {
    const counted = [
      touches('search', 'spring', 1),
      touches('email', 'spring', 5),
      touches('email', null, 2),
      touches('email', 'Autumn', 9),
    ]
    expect(chooseLeaves(counted, ['email', 'search'], undefined)).toEqual([
      { channel: 0, campaign: '(none)' },
      { channel: 0, campaign: 'Autumn' },
      { channel: 0, campaign: 'spring' },
      { channel: 1, campaign: 'spring' },
    ])
  })

  it('are the most touched ones, beside one for the rest of each channel', () => {
    const counted = [
      touches('email', 'a', 5),
      touches('email', 'b', 1),
      touches('search', 'a', 4),
      touches('search', 'c', 3),
      touches('video', 'd', 2),
    ]
    expect(chooseLeaves(counted, ['email', 'search', 'video'], undefined, 3)).toEqual([
      { channel: 0, campaign: '(other)' },
      { channel: 0, campaign: 'a' },
      { channel: 1, campaign: 'a' },
      { channel: 1, campaign: 'c' },
      { channel: 2, campaign: '(other)' },
    ])
  })

  it('are one in the channel (other), and leave out channels that are no touches', () => {
    const counted = [touches('rare', 'a', 1), touches('rarer', 'b', 1), touches('email', 'a', 5)]
    expect(chooseLeaves(counted, ['email', '(other)'], 1)).toEqual([
      { channel: 0, campaign: 'a' },
      { channel: 1, campaign: '(other)' },
    ])
    expect(chooseLeaves(counted, ['email'], undefined)).toEqual([{ channel: 0, campaign: 'a' }])
  })

  it('give every channel of a model one, touched or not', () => {
    expect(chooseLeaves([touches('email', 'a', 1)], ['email', 'video'], undefined)).toEqual([
      { channel: 0, campaign: 'a' },
      { channel: 1, campaign: '(none)' },
    ])
  })

  it('are one where a campaign has the name of the rest, or of none', () => {
    const counted = [
      touches('email', '(other)', 7),
      touches('email', 'a', 2),
      touches('email', 'b', 1),
      touches('search', '(none)', 3),
      touches('search', null, 1),
    ]
    expect(chooseLeaves(counted, ['email', 'search'], undefined, 3)).toEqual([
      { channel: 0, campaign: '(other)' },
      { channel: 0, campaign: 'a' },
      { channel: 1, campaign: '(none)' },
    ])
  })
})
