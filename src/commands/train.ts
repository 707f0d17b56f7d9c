import type { OptionsOf } from '../options/option-table.ts'
import { type TrainSummary, trainModel } from '../steps/train.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatSeconds, formatTextTable, numberColumn, type TextColumn } from './text-table.ts'

/** `td-mta train`. */
export async function runTrain(options: OptionsOf<'train'>, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, false, async (world) => {
    const summary = await trainModel(options, world)
    return {
      text: `${describeTraining(summary)}\n  location     ${world.storage.location}`,
      json: { ...trainFacts(summary), dataDir: world.storage.location },
    }
  })
}

/** @returns what `--format json` prints about a training. */
export function trainFacts({ manifest, metrics, usedFrom, seconds }: TrainSummary) {
  return {
    ...(usedFrom === undefined ? { runId: manifest.runId } : { modelRunId: manifest.runId }),
    model: manifest.model,
    backend: manifest.backend,
    keptEpoch: manifest.bilstm?.nets[0]?.keptEpoch ?? null,
    nets: manifest.bilstm?.nets.length ?? 0,
    metrics,
    hazard: { logLikelihood: manifest.hazard.logLikelihood, iterations: manifest.hazard.iterations },
    seconds: { hazard: seconds.hazard, bilstm: seconds.bilstm, train: seconds.total },
  }
}

/** @returns what was trained, for readers. */
export function describeTraining({ manifest, metrics, usedFrom, seconds }: TrainSummary): string {
  if (usedFrom !== undefined) {
    const { runId, sessionTime } = manifest
    return `trained nothing: the model of run ${runId}, learned ${sessionTime}, in ${usedFrom} is used`
  }
  const hazardLine = `fitted the hazard model in ${formatSeconds(seconds.hazard)}, ${manifest.hazard.iterations} iterations`
  if (manifest.bilstm === null) return hazardLine
  return [
    hazardLine,
    `trained ${describeNets(manifest.bilstm)} on ${manifest.backend} in ${formatSeconds(seconds.bilstm)}`,
    formatTextTable(epochColumns, metrics),
  ].join('\n')
}

/** `a BiLSTM, which kept epoch 5, and one of all users`. */
function describeNets({ nets }: NonNullable<TrainSummary['manifest']['bilstm']>): string {
  const others = nets.length - 1
  const rest = others === 0 ? '' : `, and ${others === 1 ? 'one' : others} of all users`
  return `a BiLSTM, which kept epoch ${nets[0]?.keptEpoch}${rest}`
}

const epochColumns: readonly TextColumn<TrainSummary['metrics'][number]>[] = [
  numberColumn('epoch', ({ epoch }) => String(epoch)),
  numberColumn('loss', ({ loss }) => formatNumber(loss, 5)),
  numberColumn('val loss', ({ valLoss }) => formatNumber(valLoss, 5)),
  numberColumn('AUC', ({ auc }) => formatNumber(auc, 5)),
  numberColumn('calibration error', ({ calibrationError }) => formatNumber(calibrationError, 5)),
]
