import { describe, expect, it, onTestFinished } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { stepOrderContract } from '../contracts/step-order.ts'
import { loadUnixSeconds } from '../queries/duckdb-touchpoints.ts'
import {
  fewTouchpoints,
  MONDAY,
  openPlace,
  type Place,
  type Step,
  touchpointTypes,
} from './touchpoints-in-file.ts'

stepOrderContract('DuckDB', loadUnixSeconds, ['append', 'error', 'ignore'])

async function openPlaceWithSpend(): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, fewTouchpoints)
  const types = { channel: 'varchar', spend: 'double', time: 'bigint' } as const
  await place.write('spend', types, [['email', 10, MONDAY]])
  return place
}

const asked = { valueColumn: 'value', spendTable: 'spend' } as const
const methods = 'SELECT DISTINCT method, run_id FROM mta.performance ORDER BY method'
const exists = (table: string) =>
  new DataError(
    `table mta.${table} exists and --if-exists (IF_EXISTS) is error: drop it, name another one, or use overwrite, ` +
      'append or ignore',
  )

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('compare before shapley', () => {
  const before: readonly Step[] = ['export', 'train', 'compare']

  it.each(['error', 'ignore'] as const)(
    'leaves performance to both with --if-exists %s',
    async (ifExists) => {
      const usual = await openPlaceWithSpend()
      await usual.run(['export', 'train', 'shapley', 'compare'], { ...asked, ifExists })
      const other = await openPlaceWithSpend()
      await other.run([...before, 'shapley'], { ...asked, ifExists })
      const rows = await usual.read(methods)
      expect(rows.length).toBeGreaterThan(3)
      expect(await other.read(methods)).toEqual(rows)
    },
  )

  it.each([['shapley'], ['compare']] as const)(
    'does not let %s be repeated with --if-exists error',
    async (step) => {
      const place = await openPlaceWithSpend()
      const options = { ...asked, ifExists: 'error', pathsTable: 'paths' } as const
      await place.run([...before, 'shapley'], options)
      expect(await errorOf(place.run([step], options))).toEqual(
        exists(step === 'shapley' ? 'shapley' : 'paths'),
      )
    },
  )

  it('of another run is not the one that counts', async () => {
    const place = await openPlaceWithSpend()
    await place.run(before, { ...asked, ifExists: 'error' })
    const other = { ...asked, ifExists: 'error', runId: 'r2' } as const
    expect(await errorOf(place.run(['shapley'], other))).toEqual(exists('attribution'))
    await place.run(['shapley'], { ...other, ifExists: 'ignore' })
    expect(await place.read('SELECT DISTINCT run_id FROM mta.attribution')).toEqual([['r1']])
  })

  it('does not count where the table has rows of another run by now', async () => {
    const place = await openPlaceWithSpend()
    await place.run(before, { ...asked, ifExists: 'error' })
    await place.write('attribution', { method: 'varchar', run_id: 'varchar' }, [['mine', 'r9']])
    expect(await errorOf(place.run(['shapley'], { ...asked, ifExists: 'error' }))).toEqual(
      exists('attribution'),
    )
    await place.run(['shapley'], { ...asked, ifExists: 'ignore' })
    expect(await place.read('SELECT * FROM mta.attribution')).toEqual([['mine', 'r9']])
  })

  it('that left a table alone makes shapley leave it, too', async () => {
    const place = await openPlaceWithSpend()
    await place.write('attribution', { run_id: 'varchar' }, [['r0']])
    await place.run([...before, 'shapley'], { ...asked, ifExists: 'ignore' })
    expect(await place.read('SELECT * FROM mta.attribution')).toEqual([['r0']])
  })
})
