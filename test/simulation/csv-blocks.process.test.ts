import { describe, expect, it } from 'vitest'
import { BlockSum, type SimulationOptions, simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { TouchpointLines } from '../../src/simulation/touchpoint-csv.ts'

/** As it was built: threads run no TypeScript. */
const { simulateCsv }: typeof import('../../src/simulation/csv-blocks.ts') = await import(
  new URL('../../dist/simulation/csv-blocks.js', import.meta.url).href
)

/** Three blocks of users. */
const options = { users: 100_500, days: 1, seed: 5, variant: 'sparse', startAtSec: 1_767_225_600 } as const

async function simulated(asked: SimulationOptions, threads: number) {
  const sum = new BlockSum(asked)
  const lines: Uint8Array[] = []
  for await (const { csv, numbers } of simulateCsv(asked, threads)) {
    lines.push(csv)
    if (numbers !== undefined) sum.add(numbers)
  }
  return { csv: Buffer.concat(lines).toString(), truth: sum.truth() }
}

describe('blocks of users', () => {
  it('are the same for one thread, two, and more than there are blocks, and those of the library', async () => {
    const simulation = simulateTouchpoints(options)
    const lines = new TouchpointLines()
    for (const batch of simulation.rows) lines.add(batch)
    const expected = { csv: Buffer.from(lines.take()).toString(), truth: simulation.truth() }
    expect(expected.csv.match(/,user-100\d{3},/g)?.length).toBeGreaterThan(0)
    for (const threads of [1, 2, 4]) expect(await simulated(options, threads)).toEqual(expected)
  })

  it('have random numbers of their own', async () => {
    const [first, second] = [0, 50_000].map((from) => {
      const users = simulateTouchpoints({ ...options, users: from + 200 }).rows
      const rows = [...users].flat().filter(({ userId }) => Number(userId.slice(5)) >= from)
      return rows.map(({ atSec, channel }) => `${atSec} ${channel}`)
    })
    expect(first?.length).toBeGreaterThan(0)
    expect(second?.filter((row) => first?.includes(row)).length).toBeLessThan(3)
  })

  it('end with an error if a thread fails', async () => {
    const wrong: Record<string, unknown> = { ...options, variant: 'no world' }
    await expect(simulated(wrong as unknown as SimulationOptions, 2)).rejects.toThrow()
  })
})
