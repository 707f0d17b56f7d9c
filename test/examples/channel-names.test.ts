import { describe, expect, it } from 'vitest'
import { isDirectByName, reservedChannels, similarChannels } from '../../src/examples/channel-names.ts'

describe('channels', () => {
  it('are alike but for case, blanks, width and Unicode form', () => {
    const alike = ['search', 'Search', ' search ', 'se arch', '\uff33earch', 'search\u200b', 'search\u00a0']
    expect(similarChannels([...alike, 'email'])).toEqual([...alike].sort())
    expect(similarChannels(['caf\u00e9', 'cafe\u0301'])).toHaveLength(2)
    expect(similarChannels(['search', 'email', 'e-mail', 'cafe', 'caf\u00e9'])).toEqual([])
  })

  it('must not be called as rows of our own tables', () => {
    const own = ['(baseline)', '(conversion)', '(null)', '(start)']
    expect(reservedChannels(['email', '(other)', ...own, 'baseline'])).toEqual(own)
  })

  it.each(['direct', 'Direct', '(direct)', '(DIRECT)', ' direct', '(direct) / (none)'])(
    'are direct by name: %s',
    (channel) => {
      expect(isDirectByName(channel)).toBe(true)
    },
  )

  it.each(['(none)', 'directory', 'direct mail', 'email'])('are not direct by name: %s', (channel) => {
    expect(isDirectByName(channel)).toBe(false)
  })
})
