import type { OptionsOf } from '../../options/option-table.ts'
import { checkSameMeaning, type LearnedModel, maybeModelFrom } from '../../steps/learned-model.ts'
import { dataDirectory, openStorage } from '../adapters.ts'
import type { Effects } from '../effects.ts'
import type { Checked, Report } from './check-report.ts'

/**
 * Where the model of another run is to be used: is it there, and does it fit the options?
 * @returns the model, undefined where the run uses its own or the check failed.
 */
export async function checkModel(
  report: Report,
  options: OptionsOf<'doctor'>,
  effects: Effects,
): Promise<LearnedModel | undefined> {
  const { modelFrom } = options
  if (modelFrom === undefined) return undefined
  return await report.check('model from', async (): Promise<Checked<LearnedModel | undefined>> => {
    const storage = openStorage(dataDirectory(options), effects)
    const learned = await maybeModelFrom(
      { storage, modelStorage: openStorage(modelFrom, effects) },
      options.model,
    )
    if (learned === undefined) return { found: 'none', value: undefined }
    checkSameMeaning(learned, options)
    const { runId, sessionTime, channels } = learned.model
    const found = `of run ${runId}, learned ${sessionTime} with ${channels.length} channels, in ${learned.storage.location}`
    return { found, value: learned }
  })
}
