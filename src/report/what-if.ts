import { numberColumn, tableHtml, textColumn } from './elements.ts'
import { type Html, html } from './html.ts'
import { formatConversions, formatInterval } from './numbers.ts'

/** What a channel cost, and the conversions that it is credited with. */
export interface SpentChannel {
  readonly channel: string
  /** Above 0. */
  readonly spend: number
  readonly conversions: number
  /** 95% interval of the conversions; null where it is not known. */
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/**
 * How conversions follow spend: as spend to the power of the exponent. Data of one period hold one point of that curve,
 * so the exponent is an assumption, and several are shown side by side.
 */
export interface Returns {
  readonly exponent: number
  readonly words: string
}

export const RETURNS: readonly Returns[] = [
  { exponent: 1, words: 'stay as they are' },
  { exponent: 0.7, words: 'diminish (spend to the power of 0.7)' },
  { exponent: 0.5, words: 'diminish much (square root of spend)' },
]

/** Conversions more, or fewer, and the ends of an interval that holds at least 95%. */
export interface Change {
  readonly conversions: number
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/**
 * @param amount from 0 up to what `from` cost.
 * @returns how conversions change where the amount is spent on `to` instead of `from`. The interval goes from the lowest
 *   gain with the highest loss to the reverse: it holds 95% or more whatever the errors of two channels have to do with
 *   each other, as the deviation of a difference is at most the sum of both.
 */
export function moveSpend(from: SpentChannel, to: SpentChannel, amount: number, exponent: number): Change {
  const gain = (1 + amount / to.spend) ** exponent - 1
  const loss = 1 - Math.max(0, 1 - amount / from.spend) ** exponent
  const change = (gained: number, lost: number) => gain * gained - loss * lost
  return {
    conversions: change(to.conversions, from.conversions),
    interval:
      to.interval === null || from.interval === null
        ? null
        : {
            lower: change(to.interval.lower, from.interval.upper),
            upper: change(to.interval.upper, from.interval.lower),
          },
  }
}

/** @returns conversions that the next `unit` of spend brings: the slope of the curve at what was spent. */
export function marginalReturn(
  { spend, conversions, interval }: SpentChannel,
  unit: number,
  exponent: number,
): Change {
  const slope = (exponent * unit) / spend
  return {
    conversions: slope * conversions,
    interval: interval && { lower: slope * interval.lower, upper: slope * interval.upper },
  }
}

/** @returns the power of ten of spend at which the best channel's next conversions are between 1 and 10. */
export function marginalUnit(channels: readonly SpentChannel[]): number {
  const best = Math.max(...channels.map(({ conversions, spend }) => conversions / spend))
  return best > 0 ? 10 ** Math.max(0, Math.ceil(-Math.log10(best))) : 1
}

/** @returns what a move does by each assumption on returns. @param by whose conversions these are, such as `last touch`. */
export function moveHtml(from: SpentChannel, to: SpentChannel, amount: number, by: string): Html {
  const rows = RETURNS.map((returns) => ({ returns, change: moveSpend(from, to, amount, returns.exponent) }))
  const columns = [
    textColumn('if returns', ({ returns }: (typeof rows)[number]) => returns.words),
    numberColumn('change in conversions', ({ change }: (typeof rows)[number]) => signed(change.conversions)),
    numberColumn('95% interval', ({ change }: (typeof rows)[number]) =>
      formatInterval(change.interval?.lower, change.interval?.upper, signed),
    ),
  ]
  const far =
    amount > FAR_PART * Math.min(from.spend, to.spend)
      ? html`<p class="bad">This moves more than a fifth of what one of the two channels cost: nothing in the data shows what happens so far from it.</p>`
      : undefined
  return html`${tableHtml(`Conversions after moving spend, by ${by}`, columns, rows)}${far}`
}

/** @returns the first line of the table, to be heard. */
export function moveSentence(from: SpentChannel, to: SpentChannel, amount: number): string {
  const { conversions } = moveSpend(from, to, amount, 1)
  return `Change in conversions if returns stay as they are: ${signed(conversions)}.`
}

/** Beyond this part of a channel's spend, an extrapolation is marked. */
const FAR_PART = 0.2

function signed(conversions: number): string {
  return conversions > 0 ? `+${formatConversions(conversions)}` : formatConversions(conversions)
}
