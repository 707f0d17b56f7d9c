import type { Options } from '../options/option-table.ts'
import { type TrainSummary, trainModel } from '../steps/train.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatSeconds, formatTextTable } from './text-table.ts'

/** `td-mta train`. */
export async function runTrain(options: Options, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, false, async (world) => {
    const summary = await trainModel(options, world)
    return {
      text: `${describeTraining(summary)}\n  in           ${world.storage.location}`,
      json: { ...trainFacts(summary), dataDir: world.storage.location },
    }
  })
}

/** @returns what `--format json` prints of a training. */
export function trainFacts({ manifest, metrics, seconds }: TrainSummary) {
  return {
    runId: manifest.runId,
    model: manifest.model,
    backend: manifest.backend,
    keptEpoch: manifest.bilstm?.keptEpoch ?? null,
    metrics,
    hazard: { logLikelihood: manifest.hazard.logLikelihood, iterations: manifest.hazard.iterations },
    seconds: { hazard: seconds.hazard, bilstm: seconds.bilstm, train: seconds.total },
  }
}

/** @returns what a training did, for people. */
export function describeTraining({ manifest, metrics, seconds }: TrainSummary): string {
  const hazardLine = `fitted the hazard model in ${formatSeconds(seconds.hazard)}, ${manifest.hazard.iterations} iterations`
  if (manifest.bilstm === null) return hazardLine
  const columns = ['epoch', 'loss', 'val loss', 'AUC', 'calibration error'].map((heading) => ({
    heading,
    numeric: true,
  }))
  const rows = metrics.map((epoch) => [
    String(epoch.epoch),
    formatNumber(epoch.loss, 5),
    ...[epoch.valLoss, epoch.auc, epoch.calibrationError].map((figure) =>
      figure === null ? '-' : formatNumber(figure, 5),
    ),
  ])
  return [
    hazardLine,
    `trained the BiLSTM on ${manifest.backend} in ${formatSeconds(seconds.bilstm)}, kept epoch ${manifest.bilstm.keptEpoch}`,
    formatTextTable(columns, rows),
  ].join('\n')
}
