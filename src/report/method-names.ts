import { rulesOfThumb } from '../comparison/rules-of-thumb.ts'

/** A method as people call it. */
export interface MethodName {
  /** Such as `Last touch`; within a sentence its first letter is made small. */
  readonly name: string
  readonly kind: 'learned' | 'chain' | 'rule'
  /** What it does, in one sentence. */
  readonly explanation: string
}

/** Those that are no rules of thumb, but for Markov chains. */
const otherMethods: Readonly<Record<string, MethodName>> = {
  shapley_stacked: {
    name: 'Stacked model',
    kind: 'learned',
    explanation:
      'Shapley values of the mixture of neural network and hazard model that predicts best on held-out users.',
  },
  shapley_bilstm: {
    name: 'Neural network',
    kind: 'learned',
    explanation:
      'Shapley values of a recurrent network (BiLSTM) that learns from touches and their order how likely a conversion is.',
  },
  shapley_hazard: {
    name: 'Hazard model',
    kind: 'learned',
    explanation:
      'Shapley values of a simple model in which each touch adds to the chance of converting and fades with time.',
  },
  hazard_adjusted: {
    name: 'Hazard model without suspected association',
    kind: 'learned',
    explanation:
      'The hazard model, less what touches after conversions show to be association without effect, which goes to the baseline.',
  },
  hazard_calibrated: {
    name: 'Hazard model corrected by experiments',
    kind: 'learned',
    explanation:
      'The hazard model, with tested channels as experiments and model say together, placebo channels as baseline, and less what touches after conversions show to be association.',
  },
  ordered_shapley: {
    name: 'Ordered Shapley',
    kind: 'rule',
    explanation:
      'Shapley values of a game in which channels are worth the conversion rate of paths with just them in this order, as td-ml-mta has it.',
  },
  simplified_shapley: {
    name: 'Equal split',
    kind: 'rule',
    explanation:
      'Each conversion is split evenly between the different channels on its path (simplified Shapley).',
  },
}

/** @returns how to call a method of the table `attribution`; one that is not known keeps the table's name. */
export function methodNameOf(method: string): MethodName {
  const order = markovOrder(method)
  if (order !== undefined) {
    return {
      name: `Markov chain ${order}`,
      kind: 'chain',
      explanation: `What would be lost if the channel were taken out of a Markov chain that remembers ${order === 1 ? 'one touch' : `${order} touches`}.`,
    }
  }
  const rule = rulesOfThumb.find((one) => one.method === method)
  if (rule !== undefined) return { name: rule.name, kind: 'rule', explanation: rule.explanation }
  return otherMethods[method] ?? { name: method, kind: 'rule', explanation: '' }
}

/** @returns `last touch`, `Markov chain 2`, `the hazard model`: the name inside a sentence. */
export function methodInSentence(method: string): string {
  const { name, kind } = methodNameOf(method)
  if (kind === 'chain') return name
  const small = name.charAt(0).toLowerCase() + name.slice(1)
  return kind === 'learned' ? `the ${small}` : small
}

/** @returns 2 of `markov_2`, undefined for other methods. */
export function markovOrder(method: string): number | undefined {
  const [, order] = /^markov_(\d+)$/.exec(method) ?? []
  return order === undefined ? undefined : Number(order)
}
