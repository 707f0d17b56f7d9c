import type { NetRecord } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { checkProbes } from '../bilstm/probes.ts'
import { measureModel, predictHeldOut } from '../evidence/held-out.ts'
import { isBetterThanConstant } from '../evidence/quality.ts'
import type { ValueFunction } from '../examples/pattern.ts'
import { meanValueFunction } from '../shapley/mean-value.ts'
import type { LearnedModel } from './learned-model.ts'
import type { CreditedExamples, CreditOptions, JudgedModel } from './model-answers.ts'
import type { World } from './world.ts'

/** The BiLSTMs of a model. */
export interface Nets {
  /** The mean of those that were fitted to all users; of the only one where there are no others. */
  readonly ofAll: ValueFunction
  /** The one that was fitted to the training users, which the held-out ones judge; undefined where it is the only one. */
  readonly judged: ValueFunction | undefined
  /** How many there are. */
  readonly count: number
}

/**
 * Loads all nets, works with them, and frees them. TensorFlow.js is loaded here only, so that a run of the hazard model never
 * pays for it.
 * @throws {DataError} where a net is not the one that was trained.
 */
export async function withNets<T>(
  { backend }: Pick<CreditOptions, 'backend'>,
  { logger }: Pick<World, 'logger'>,
  { storage, model, manifest }: LearnedModel,
  work: (nets: Nets) => Promise<T>,
): Promise<T> {
  const [{ selectBackend }, { loadModel }, { valueFunctionOf }] = await Promise.all([
    import('../bilstm/backends.ts'),
    import('../bilstm/artifact.ts'),
    import('../bilstm/prediction.ts'),
  ])
  await selectBackend(backend, logger)
  const grid = gridOf(manifest)
  const loaded: LoadedNet[] = []
  try {
    for (const net of model.bilstm?.nets ?? []) {
      const biLstm = await loadModel(storage, net.files, grid)
      const valueFunction = valueFunctionOf(biLstm, grid)
      loaded.push({ net, valueFunction, free: () => biLstm.dispose() })
      await checkProbes(valueFunction, grid, net)
    }
    return await work(netsOf(loaded))
  } finally {
    for (const { free } of loaded) free()
  }
}

interface LoadedNet {
  readonly net: NetRecord
  readonly valueFunction: ValueFunction
  free(): void
}

function netsOf(loaded: readonly LoadedNet[]): Nets {
  const learnedFromAll = loaded.filter(({ net }) => net.learnedFrom === 'all')
  const ofAll = learnedFromAll.length === 0 ? loaded : learnedFromAll
  return {
    ofAll: meanValueFunction(ofAll.map(({ valueFunction }) => valueFunction)),
    judged: ofAll.length === loaded.length ? undefined : loaded[0]?.valueFunction,
    count: loaded.length,
  }
}

/** With that many weights, only users that a net has not seen can show whether it learned anything. */
export async function judgeNets(
  { learned, heldOut }: CreditedExamples,
  { ofAll, judged = ofAll }: Nets,
): Promise<JudgedModel> {
  const isTrained = learned.model.bilstm?.nets.every(({ keptEpoch }) => keptEpoch > 0) ?? false
  if (heldOut === undefined) return { predictions: undefined, quality: undefined, hasLearned: isTrained }
  const predictions = await predictHeldOut(heldOut, judged)
  const quality = measureModel('bilstm', heldOut, predictions)
  return { predictions, quality, hasLearned: isTrained && isBetterThanConstant(quality.quality) }
}
