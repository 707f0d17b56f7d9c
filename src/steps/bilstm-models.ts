import type { NetRecord } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { Net } from '../bilstm/net.ts'
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
 * Loads all nets, works with them, and frees them. Their code is loaded here only, so that a run of the hazard model never pays
 * for it.
 * @throws {DataError} where a net is not the one that was trained.
 */
export async function withNets<T>(
  { backend: choice, threads }: Pick<CreditOptions, 'backend' | 'threads'>,
  { logger }: Pick<World, 'logger'>,
  { storage, model, manifest }: LearnedModel,
  work: (nets: Nets) => Promise<T>,
): Promise<T> {
  const [{ openBackend }, { loadModel }] = await Promise.all([
    import('../bilstm/backends.ts'),
    import('../bilstm/artifact.ts'),
  ])
  const backend = await openBackend(choice, threads, logger)
  const grid = gridOf(manifest)
  const loaded: LoadedNet[] = []
  try {
    for (const record of model.bilstm?.nets ?? []) {
      const saved = await loadModel(storage, record.files, grid)
      const net = backend.openNet(saved, saved.weights)
      loaded.push({ record, net })
      await checkProbes(net.predict, grid, record)
    }
    return await work(netsOf(loaded))
  } finally {
    for (const { net } of loaded) net.dispose()
    await backend.close()
  }
}

interface LoadedNet {
  readonly record: NetRecord
  readonly net: Net
}

function netsOf(loaded: readonly LoadedNet[]): Nets {
  const learnedFromAll = loaded.filter(({ record }) => record.learnedFrom === 'all')
  const ofAll = learnedFromAll.length === 0 ? loaded : learnedFromAll
  return {
    ofAll: meanValueFunction(ofAll.map(({ net }) => net.predict)),
    judged: ofAll.length === loaded.length ? undefined : loaded[0]?.net.predict,
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
