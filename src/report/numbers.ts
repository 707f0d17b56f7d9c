/** Numbers for readers, in the same format throughout the report: English, with a real minus sign. */

const NOTHING = '–'

/** @returns `12,345`; `–` for null. */
export function formatCount(value: number | null | undefined): string {
  return decimal(value, 0)
}

/** @returns conversions, which may be fractional: `1,234`, below ten `3.4`; `–` for null. */
export function formatConversions(value: number | null | undefined): string {
  return decimal(value, Math.abs(value ?? 0) < 9.95 ? 1 : 0)
}

/** @returns `25.3%` for 0.253; `–` for null. */
export function formatShare(share: number | null | undefined, decimals = 1): string {
  return share === null || share === undefined ? NOTHING : `${decimal(share * 100, decimals)}%`
}

/** @returns money or a ratio: `12.30`; from 1,000 without decimals; `–` for null. */
export function formatAmount(value: number | null | undefined): string {
  return decimal(value, Math.abs(value ?? 0) < 999.995 ? 2 : 0)
}

/** @returns a measure with three significant digits: `0.0123`; from 1,000 as a count. */
export function formatMeasure(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  if (Math.abs(value) >= 1000) return formatCount(value)
  return withMinus(value.toLocaleString('en-US', { maximumSignificantDigits: 3 }))
}

/** @returns `1,100 to 1,300`; `–` if either end is missing. */
export function formatInterval(
  lower: number | null | undefined,
  upper: number | null | undefined,
  format: (value: number) => string = formatConversions,
): string {
  if (lower === null || lower === undefined || upper === null || upper === undefined) return NOTHING
  return `${format(lower)} to ${format(upper)}`
}

/** @returns `p = 0.005`, `p < 0.001`. */
export function formatPValue(pValue: number): string {
  return pValue < 0.001
    ? 'p < 0.001'
    : `p = ${pValue.toLocaleString('en-US', { maximumSignificantDigits: 2 })}`
}

/** @returns the calendar day in a time zone: `3 Jan 2026`. */
export function formatDay(atSec: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
  return format.format(new Date(atSec * 1000))
}

/** @returns `1 channel`, `2 channels`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}

function decimal(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING
  const rounded = Number(value.toFixed(decimals))
  const shown = rounded === 0 ? 0 : rounded
  return withMinus(fixedFormat(decimals).format(shown))
}

/** A format takes longer to make than to use. */
const fixedFormats = new Map<number, Intl.NumberFormat>()

function fixedFormat(decimals: number): Intl.NumberFormat {
  const made =
    fixedFormats.get(decimals) ??
    new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  fixedFormats.set(decimals, made)
  return made
}

function withMinus(text: string): string {
  return text.replace('-', '\u2212')
}
