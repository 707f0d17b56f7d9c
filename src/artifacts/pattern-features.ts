import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import type { FeatureLists } from '../tfrecord/example.ts'
import type { Reader } from '../tfrecord/frame.ts'

/** The features of a pattern in the order of writing: by name, as in TensorFlow's deterministic writer. */
export const PATTERN_FEATURES = [
  'channel',
  'count',
  'credited_count',
  'days_before',
  'label',
  'validation_count',
  'value',
] as const

type FeatureName = (typeof PATTERN_FEATURES)[number]

const NAMES = PATTERN_FEATURES.map((name) => new TextEncoder().encode(name))

const VALUE = PATTERN_FEATURES.indexOf('value')
const CREDITED_COUNT = PATTERN_FEATURES.indexOf('credited_count')

/**
 * Collects the features of one record at a time and makes a checked pattern of them. One builder serves a whole file; a
 * pattern gets copies of the exact length: lists grown by push take several times the memory.
 */
export class PatternBuilder implements FeatureLists {
  readonly #values: number[][] = PATTERN_FEATURES.map(() => [])
  readonly #isThere: boolean[] = PATTERN_FEATURES.map(() => false)
  #feature = -1

  reset(): void {
    for (let feature = 0; feature < PATTERN_FEATURES.length; feature++) {
      this.#isThere[feature] = false
      this.#values[feature]!.length = 0
    }
  }

  begin(reader: Reader, nameEnd: number): boolean {
    this.#feature = NAMES.length - 1
    while (this.#feature >= 0 && !isName(reader, nameEnd, NAMES[this.#feature]!)) this.#feature--
    return this.#feature >= 0
  }

  int64List(): void {
    if (this.#feature !== VALUE) this.#isThere[this.#feature] = true
  }

  int64(value: number): void {
    if (this.#feature !== VALUE) this.#values[this.#feature]!.push(value)
  }

  floatList(): void {
    if (this.#feature === VALUE) this.#isThere[VALUE] = true
  }

  float(value: number): void {
    if (this.#feature === VALUE) this.#values[VALUE]!.push(value)
  }

  /** @throws {DataError} where a feature is missing or of another kind, or a value isn't allowed; without the place. */
  build(): PatternRecord {
    const channels = this.#cells('channel')
    const daysBefore = this.#cells('days_before')
    if (channels.length !== daysBefore.length) {
      throw new DataError(`${daysBefore.length} days_before for ${channels.length} channel values`)
    }
    checkDistinct(daysBefore, channels)
    const label = this.#whole('label', 1)
    const count = this.#whole('count', Number.MAX_SAFE_INTEGER)
    const validationCount = this.#whole('validation_count', count)
    const value = this.#single('value')
    if (!Number.isFinite(value)) throw new DataError(`value ${value}, must be a finite number`)
    const record = {
      daysBefore,
      channels,
      label: label === 1 ? 1 : 0,
      count,
      validationCount,
      value,
    } as const
    if (!this.#isThere[CREDITED_COUNT]) return record
    return { ...record, creditedCount: this.#whole('credited_count', count) }
  }

  #list(name: FeatureName): readonly number[] {
    const feature = PATTERN_FEATURES.indexOf(name)
    if (this.#isThere[feature]) return this.#values[feature]!
    const kind = feature === VALUE ? 'a float list' : 'an int64 list'
    throw new DataError(`feature ${name} is missing or not ${kind}`)
  }

  #cells(name: FeatureName): readonly number[] {
    const values = this.#list(name)
    for (const value of values) {
      if (value < 0 || value > 0x7fff_ffff)
        throw new DataError(`${name} ${value}, must be from 0 to 2147483647`)
    }
    return values.slice()
  }

  #single(name: FeatureName): number {
    const values = this.#list(name)
    if (values.length !== 1) throw new DataError(`feature ${name} has ${values.length} values, must have 1`)
    return values[0]!
  }

  #whole(name: FeatureName, largest: number): number {
    const value = this.#single(name)
    if (value < 0 || value > largest) throw new DataError(`${name} ${value}, must be from 0 to ${largest}`)
    return value
  }
}

/** Ours are sorted; whoever writes others may not sort them, but no cell is touched twice. */
function checkDistinct(daysBefore: readonly number[], channels: readonly number[]): void {
  let isSorted = true
  for (let at = 1; at < channels.length; at++) {
    const days = daysBefore[at]! - daysBefore[at - 1]!
    if (days < 0 || (days === 0 && channels[at]! <= channels[at - 1]!)) isSorted = false
  }
  if (isSorted) return
  const seen = new Set<string>()
  for (let at = 0; at < channels.length; at++) {
    const cell = `${daysBefore[at]} days before on channel ${channels[at]}`
    if (seen.has(cell)) throw new DataError(`a touch ${cell} is there twice`)
    seen.add(cell)
  }
}

function isName(reader: Reader, nameEnd: number, name: Uint8Array): boolean {
  const { bytes, offset } = reader
  if (nameEnd - offset !== name.length) return false
  for (let at = 0; at < name.length; at++) if (bytes[offset + at] !== name[at]) return false
  return true
}
