import { drawExponential } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { SimulationParameters } from './parameters.ts'
import { type Period, SECONDS_PER_DAY } from './rhythm.ts'

/** A period in which a user intends to buy; a purchase may end it early. */
export interface Intent {
  readonly fromSec: number
  toSec: number
}

/** @returns the periods in which a user intends to buy; they don't overlap. */
export function drawIntents(random: Random, parameters: SimulationParameters, span: Period): Intent[] {
  const { intent } = parameters
  if (intent === null) return []
  const intents: Intent[] = []
  for (let fromSec = span.fromSec; ; ) {
    fromSec += (drawExponential(random) / intent.periodsPerDay) * SECONDS_PER_DAY
    if (fromSec >= span.toSec) return intents
    const toSec = Math.min(
      span.toSec,
      fromSec + drawExponential(random) * intent.lengthDays * SECONDS_PER_DAY,
    )
    intents.push({ fromSec, toSec })
    fromSec = toSec
  }
}

/** Ends the intention, if any, in which a user is at that time. */
export function endIntent(intents: readonly Intent[], atSec: number): void {
  const current = intents.find(({ fromSec, toSec }) => fromSec <= atSec && atSec < toSec)
  if (current !== undefined) current.toSec = atSec
}
