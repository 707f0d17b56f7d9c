import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelColumnNames, chooseVocabulary, isBlank } from '../../src/examples/vocabulary.ts'

const touches = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts))

describe('the vocabulary', () => {
  it.each<[string, Readonly<Record<string, number>>, number, readonly string[]]>([
    ['all channels where they are few enough, by code point', { b: 1, a: 1, B: 9 }, 3, ['B', 'a', 'b']],
    ['the most touched and the rest', { a: 1, b: 3, c: 2 }, 2, ['b', 'c', '(other)']],
    [
      'the first by code point of equally touched ones',
      { '😀': 1, '\uff5e': 1, z: 1 },
      2,
      ['z', '\uff5e', '(other)'],
    ],
    ['(other) like any where there is no rest', { '(other)': 1, '!': 1 }, 2, ['!', '(other)']],
    [
      '(other) once, as the rest, where it is the most touched',
      { '(other)': 9, a: 1, b: 1 },
      1,
      ['a', '(other)'],
    ],
    ['(other) as all the rest', { '(other)': 9, a: 1, b: 1 }, 2, ['a', 'b', '(other)']],
    ['one channel', { email: 5 }, 1, ['email']],
  ])('is %s', (_, counts, maxChannels, expected) => {
    expect(chooseVocabulary(touches(counts), maxChannels)).toEqual(expected)
  })

  it('is the same whatever the order of the channels', () => {
    const counted = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 3 })), {
      selector: ([channel]) => channel,
    })
    fc.assert(
      fc.property(counted, fc.integer({ min: 1, max: 10 }), (channels, maxChannels) => {
        const one = chooseVocabulary(new Map(channels), maxChannels)
        expect(chooseVocabulary(new Map(channels.toReversed()), maxChannels)).toEqual(one)
        expect(one.length).toBe(Math.min(channels.length, maxChannels + 1))
      }),
    )
  })

  it('has no blank channels: white space as JavaScript knows it', () => {
    for (const blank of [
      null,
      '',
      ' ',
      '\t\r\n',
      '\u00a0',
      '\u1680',
      '\u2003',
      '\u2028',
      '\u202f',
      '\u3000',
      '\ufeff',
    ]) {
      expect(isBlank(blank)).toBe(true)
    }
    for (const channel of ['0', '-', ' a ', '\u200b', '\u180e']) expect(isBlank(channel)).toBe(false)
  })
})

describe('column names of channels', () => {
  it.each<[readonly string[], readonly string[]]>([
    [
      ['email', 'paid_search2'],
      ['email', 'paid_search2'],
    ],
    [
      ['Email', 'email', 'e-mail!', 'é mail'],
      ['email', 'email_2', 'e_mail', 'e_mail_2'],
    ],
    [
      ['A', 'a', 'a_2'],
      ['a', 'a_2', 'a_2_2'],
    ],
    [
      ['(other)', 'other'],
      ['other', 'other_2'],
    ],
    [
      ['time', 'run_id', 'session_time', 'Days before conversion', 'conversion_type', 'credited to'],
      [
        'time_2',
        'run_id_2',
        'session_time_2',
        'days_before_conversion_2',
        'conversion_type_2',
        'credited_to_2',
      ],
    ],
    [
      ['日本語', '😀', '!!!'],
      ['channel', 'channel_2', 'channel_3'],
    ],
    [
      ['Größe', 'İstanbul', '2nd', '_x_'],
      ['gro_e', 'istanbul', 'channel_2nd', 'x'],
    ],
  ])('of %j are %j', (channels, expected) => {
    expect(channelColumnNames(channels)).toEqual(expected)
  })

  it('are safe, distinct and none of the fixed ones, whatever the channels', () => {
    const fixed = [
      ...['days_before_conversion', 'conversion_type', 'run_id', 'session_time'],
      ...['session_date', 'credited_from', 'credited_to', 'time'],
    ]
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(
        'a',
        'A',
        'a_2',
        'a_3',
        'time',
        'Time',
        'time_2',
        'run_id',
        'conversion_type',
        'channel',
        '',
        '1',
      ),
    )
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), (channels) => {
        const columns = channelColumnNames(channels)
        expect(columns.length).toBe(channels.length)
        expect(new Set(columns).size).toBe(columns.length)
        for (const column of columns) {
          expect(column).toMatch(/^[a-z_][a-z0-9_]{0,110}$/)
          expect(fixed).not.toContain(column)
        }
      }),
    )
  })
})
