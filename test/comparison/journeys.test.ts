import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLOW_TOUCHES, MAX_LENGTH, PATH_START, summarizeJourneys } from '../../src/comparison/journeys.ts'
import { PathTableBuilder } from '../../src/comparison/path-table.ts'

type Counted = readonly [places: readonly number[], conversions: number, nullPaths: number]

function summaryOf(paths: readonly Counted[], channels: readonly string[]) {
  const builder = new PathTableBuilder()
  for (const [places, conversions, nullPaths] of paths) {
    const amounts = { conversions: conversions + 1, nullPaths, value: 0, creditedValue: 0 }
    builder.add(places, { ...amounts, creditedConversions: conversions })
  }
  return summarizeJourneys(builder.build(), channels)
}

describe('ways to a conversion', () => {
  it('count credited conversions and null paths by the number of touches, the longest together', () => {
    const long = Array(MAX_LENGTH + 5).fill(0)
    const paths: Counted[] = [
      [[], 3, 0],
      [[0], 2, 9],
      [[1], 1, 1],
      [long, 4, 0],
      [long.slice(5), 1, 2],
    ]
    expect(summaryOf(paths, ['a', 'b']).lengths).toEqual([
      { touches: 0, conversions: 3, nullPaths: 0 },
      { touches: 1, conversions: 3, nullPaths: 10 },
      { touches: MAX_LENGTH, conversions: 5, nullPaths: 2 },
    ])
  })

  it('lead from touch to touch back to where a path starts', () => {
    const paths: Counted[] = [
      [[0, 1], 5, 0],
      [[1], 2, 7],
      [[0], 0, 7],
    ]
    expect(summaryOf(paths, ['a', 'b'])).toMatchObject({
      channels: ['b', 'a'],
      flows: [
        { touchesBefore: 0, from: 'b', previous: 'a', conversions: 5 },
        { touchesBefore: 0, from: 'b', previous: PATH_START, conversions: 2 },
        { touchesBefore: 1, from: 'a', previous: PATH_START, conversions: 5 },
      ],
    })
  })

  it('lose no conversion between two touches, whatever the paths', () => {
    const randomPaths = fc.array(fc.tuple(fc.array(fc.nat(12), { maxLength: 9 }), fc.nat(50), fc.nat(50)), {
      minLength: 1,
      maxLength: 15,
    })
    const channels = Array.from({ length: 13 }, (_, at) => `channel ${at}`)
    fc.assert(
      fc.property(randomPaths, (paths) => {
        const { flows } = summaryOf(paths, channels)
        const sum = (wanted: (flow: (typeof flows)[number]) => boolean) =>
          flows.filter(wanted).reduce((all, { conversions }) => all + conversions, 0)
        const touched = paths.filter(([places]) => places.length > 0)
        expect(sum(({ touchesBefore }) => touchesBefore === 0)).toBe(
          touched.reduce((all, [, conversions]) => all + conversions, 0),
        )
        for (let step = 1; step < FLOW_TOUCHES; step++) {
          const into = sum(
            ({ touchesBefore, previous }) => touchesBefore === step - 1 && previous !== PATH_START,
          )
          expect(sum(({ touchesBefore }) => touchesBefore === step)).toBe(into)
        }
      }),
    )
  })
})
