import { ConfigError } from '../errors.ts'

/** One option: where it is read from, what it may be, what it means. `Value` is what programs see. */
export interface OptionSpec<Value> {
  /** Shown for the value in help, such as `NAME`. */
  readonly placeholder: string
  /** The only place where a default stands; undefined where there is none. */
  readonly defaultValue: Value
  /** What help and the README show as default where it is not the value itself. */
  readonly defaultText: string | undefined
  readonly help: string
  /** Environment variable where it is not the upper snake case of the flag. */
  readonly variable: string | undefined
  /** Further spellings of the flag. */
  readonly aliases: readonly string[]
  /** True where the flag may be given several times. */
  readonly repeatable: boolean
  /** False where the flag alone says yes. */
  readonly takesValue: boolean
  readonly choices: readonly string[] | undefined
  /** @throws {Error} that says what is needed, for a value as a person or a program wrote it. */
  readonly parse: (written: unknown) => Exclude<Value, undefined>
}

export interface SpecDetails {
  readonly variable?: string
  readonly aliases?: readonly string[]
  readonly placeholder?: string
  readonly defaultText?: string
}

function spec<Value>(
  defaultValue: Value,
  help: string,
  details: SpecDetails,
  parse: OptionSpec<Value>['parse'],
): OptionSpec<Value> {
  return {
    defaultValue,
    help,
    parse,
    placeholder: details.placeholder ?? 'TEXT',
    defaultText: details.defaultText,
    variable: details.variable,
    aliases: details.aliases ?? [],
    repeatable: false,
    takesValue: true,
    choices: undefined,
  }
}

/** An option that is any text but the empty one. */
export function text<Default extends string | undefined>(
  defaultValue: Default,
  help: string,
  details: SpecDetails = {},
): OptionSpec<Default extends string ? string : string | undefined> {
  type Value = Default extends string ? string : string | undefined
  const parse = (written: unknown) => {
    if (typeof written !== 'string') throw new Error('text is needed')
    return written as Exclude<Value, undefined>
  }
  return spec<Value>(defaultValue as unknown as Value, help, details, parse)
}

/** An option that is one of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  defaultValue: NoInfer<Word>,
  help: string,
  details: SpecDetails = {},
): OptionSpec<Word> {
  const parse = (written: unknown) => {
    const word = words.find((candidate) => candidate === written)
    if (word === undefined) throw new Error(`one of ${words.join(', ')} is needed`)
    return word as Exclude<Word, undefined>
  }
  return { ...spec<Word>(defaultValue, help, details, parse), choices: words, placeholder: 'WORD' }
}

export interface NumberRange {
  readonly min: number
  readonly max: number
  readonly whole?: boolean
}

/** An option that is a number in a range, both ends allowed. */
export function number<Default extends number | undefined>(
  defaultValue: Default,
  range: NumberRange,
  help: string,
  details: SpecDetails = {},
): OptionSpec<Default extends number ? number : number | undefined> {
  type Value = Default extends number ? number : number | undefined
  const kind = range.whole ? 'a whole number' : 'a number'
  const parse = (written: unknown) => {
    const value = typeof written === 'string' && written.trim() !== '' ? Number(written) : written
    const fits = typeof value === 'number' && value >= range.min && value <= range.max
    if (!fits || (range.whole && !Number.isInteger(value))) {
      throw new Error(`${kind} from ${range.min} to ${range.max} is needed`)
    }
    return value as Exclude<Value, undefined>
  }
  return spec<Value>(defaultValue as unknown as Value, help, { placeholder: 'N', ...details }, parse)
}

/** An option that is a point in time: unix seconds or ISO 8601, without a zone UTC. Programs see unix seconds. */
export function instant(help: string, details: SpecDetails = {}): OptionSpec<number | undefined> {
  return spec<number | undefined>(undefined, help, { placeholder: 'TIME', ...details }, parseInstant)
}

/** @returns unix seconds. @throws {Error} that says what is needed. */
export function parseInstant(written: unknown): number {
  const digits = typeof written === 'string' && /^-?\d+$/.test(written.trim())
  const seconds = digits || typeof written === 'number' ? Number(written) : parseIsoSeconds(written)
  if (seconds > 4e10) throw new Error('unix seconds are needed; this looks like milliseconds')
  if (!Number.isInteger(seconds)) {
    throw new Error('unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00 is needed')
  }
  return seconds
}

function parseIsoSeconds(written: unknown): number {
  if (typeof written !== 'string') return Number.NaN
  const iso = written.trim().replace(' ', 'T')
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(iso)) return Number.NaN
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`
  return Math.floor(Date.parse(zoned) / 1000)
}

/** An option that is an IANA time zone. */
export function timeZone(defaultValue: string, help: string, details: SpecDetails = {}): OptionSpec<string> {
  return spec(defaultValue, help, { placeholder: 'ZONE', ...details }, (written) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: String(written) }).resolvedOptions().timeZone
    } catch {
      throw new Error('a time zone such as UTC, Asia/Tokyo or Europe/Berlin is needed')
    }
  })
}

/** An option that is off unless its flag stands there, or its variable is true or 1. */
export function toggle(help: string, details: SpecDetails = {}): OptionSpec<boolean> {
  const parse = (written: unknown) => {
    if (written === true || written === 'true' || written === '1') return true
    if (written === false || written === 'false' || written === '0') return false
    throw new Error('true or false is needed')
  }
  return { ...spec<boolean>(false, help, details, parse), takesValue: false }
}

/** An option that may be given several times; in an environment variable the values are separated by commas. */
export function list(help: string, details: SpecDetails = {}): OptionSpec<readonly string[]> {
  const parse = (written: unknown) => {
    const values: unknown[] = Array.isArray(written) ? written : String(written).split(',')
    if (!values.every((value) => typeof value === 'string' && value !== '')) throw new Error('text is needed')
    return values.map(String)
  }
  return { ...spec<readonly string[]>([], help, details, parse), repeatable: true }
}

/** @returns `--lookback-window-days (LOOKBACK_WINDOW)`, how errors name an option. */
export function optionLabel(flag: string, variable: string): string {
  return `--${flag} (${variable})`
}

/** @throws {ConfigError} that names the option, the value found and what is needed. */
export function badOption(flag: string, variable: string, found: unknown, needed: string): ConfigError {
  const shown = Array.isArray(found) ? found.join(', ') : String(found)
  return new ConfigError(`${optionLabel(flag, variable)} is "${shown}": ${needed}`)
}
