import { expect, it, vi } from 'vitest'
import { readExportManifest, writeExportManifest } from '../../src/artifacts/manifest.ts'
import { DataError } from '../../src/errors.ts'
import { flagGroups } from '../../src/options/flags.ts'
import { resolveInstants, resolveOptions } from '../../src/options/resolve.ts'
import { optionsOfRecord, recordOptions } from '../../src/options/shaping.ts'
import { buildReport } from '../../src/report/page.ts'
import { checkSameOptions } from '../../src/steps/former-steps.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { CREDITS, fullInput, manifestOf } from '../report/fixtures.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

/**
 * A table with one more entry: an option that shapes the examples. Pure tests share their modules, so that none of those could be
 * replaced here.
 */
vi.mock('../../src/options/option-table.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/options/option-table.ts')>()
  const { wholeNumber } = await import('../../src/options/option-kinds.ts')
  const leastTouches = {
    ...original.optionTable.lookbackWindowDays,
    type: wholeNumber(0, 9),
    default: 1,
    variable: undefined,
    help: 'touches that a user needs to be an example',
  }
  const examples = { ...original.optionGroups.Examples, leastTouches }
  return {
    ...original,
    optionGroups: { ...original.optionGroups, Examples: examples },
    optionTable: { ...original.optionTable, leastTouches },
  }
})

it('makes an option that shapes the examples by one entry: manifest, checks, report and help follow', async () => {
  const calendar = { timeZone: 'UTC', sessionSec: 0 }
  const options = resolveInstants(resolveOptions('export', { 'least-touches': '3' }, {}), calendar)
  const storage = openLocalStorage(makeTemporaryDirectory())
  await writeExportManifest(storage, manifestOf(CREDITS, { options: recordOptions(options) }))
  const { manifest } = await readExportManifest(storage)
  expect(manifest.options).toMatchObject({ leastTouches: 3, lookbackWindowDays: 5, valueColumn: null })
  expect(optionsOfRecord(manifest.options)).toMatchObject({ leastTouches: 3, valueColumn: undefined })

  const check = (environment: Record<string, string>) => () =>
    checkSameOptions(resolveInstants(resolveOptions('train', {}, environment), calendar), manifest)
  expect(check({})).not.toThrow()
  expect(check({ LEAST_TOUCHES: '3' })).not.toThrow()
  expect(check({ TD_MTA_LEAST_TOUCHES: '2' })).toThrow(
    new DataError(
      'the export was made with --least-touches (LEAST_TOUCHES) 3, this step was given 2: ' +
        'drop the option here, or export again with it',
    ),
  )

  const page = buildReport({ ...fullInput(), manifest })
  expect(page).toMatch(/leastTouches[\s\S]{0,200}>3</)
  const flags = flagGroups('train').get('Taken from the export; another value is an error') ?? []
  expect(flags.find(({ flag }) => flag === 'least-touches')).toMatchObject({ type: '<integer 0..9>' })
})
