import { methodNameOf } from './method-names.ts'

const prefixes: readonly (readonly [prefix: string, name: string])[] = [
  ['log_loss', 'Log loss (lower is better)'],
  ['auc', 'Ranking of converters, AUC (0.5 is chance, 1 perfect)'],
  ['calibration_error', 'Calibration error'],
  ['calibration_slope', 'Calibration slope (1 is perfect)'],
  ['signal_p_value', 'Signal test, p-value'],
  ['signal_statistic', 'Signal test, statistic'],
  ['signal_draws', 'Signal test, permutations'],
]

/** @returns a measure of the table `evidence` as people call it; one that is not known keeps its name. */
export function measureNameOf(measure: string): string {
  const [prefix, name] = prefixes.find(([start]) => measure.startsWith(start)) ?? []
  if (prefix === undefined || name === undefined) return measure
  const subject = measure.slice(prefix.length).replace(/^_/, '')
  if (subject === '') return name
  const known = methodNameOf(`shapley_${subject}`)
  const of = known.explanation === '' ? subject.replaceAll('_', ' ') : known.name.toLowerCase()
  return `${name}: ${of}`
}
