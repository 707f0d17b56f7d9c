import { dayOf, type JourneyRow, onceEach } from '../queries/oracle.ts'

/** The rules of one comparison, and the vocabulary, which is given instead of computed. */
export interface PathRules {
  readonly lookbackDays: number
  readonly timeZone: string
  readonly fromSec: number | undefined
  readonly toSec: number | undefined
  /** Absent: all conversions are credited. */
  readonly creditFromSec?: number | undefined
  readonly channels: readonly string[]
  readonly direct: readonly string[]
  /** Per cent. */
  readonly positionWeights: readonly [number, number, number]
  readonly halfLifeDays: number
}

export interface PlainPath {
  readonly conversions: number
  readonly nullPaths: number
  readonly microValue: number
  /** Those of the conversions that are credited. */
  readonly credited: number
  readonly creditedMicroValue: number
}

/** Credits of a cell in the order first, last, last non-direct, linear, position, decay. */
export interface PlainCell {
  readonly conversions: readonly number[]
  readonly value: readonly number[]
}

export interface PlainPaths {
  /** By the path's channels as JSON. */
  readonly paths: ReadonlyMap<string, PlainPath>
  /** By channel and days before, as JSON. */
  readonly cells: ReadonlyMap<string, PlainCell>
}

interface ReadRow {
  readonly atSec: number
  readonly place: number | undefined
  readonly isConversion: boolean
  readonly microValue: number
}

interface Touch {
  readonly atSec: number
  readonly place: number
}

/** The rules of paths and of rules of thumb, spelled out user by user: what the SQL is to find. For tests. */
export function plainPaths(rows: readonly JourneyRow[], rules: PathRules): PlainPaths {
  const paths = new Map<string, PlainPath>()
  const cells = new Map<string, PlainCell>()
  for (const journey of journeysOf(rows, rules)) {
    const seconds = journey.filter((row) => row.isConversion).map((row) => row.atSec)
    const conversions = [...new Set(seconds)].sort((left, right) => left - right)
    conversions.forEach((atSec, at) => {
      if (rules.fromSec !== undefined && atSec < rules.fromSec) return
      const former = conversions[at - 1] ?? Number.NEGATIVE_INFINITY
      const touches = touchesOf(journey, former, atSec, atSec, rules)
      const microValue = journey
        .filter((row) => row.isConversion && row.atSec === atSec)
        .reduce((sum, row) => sum + row.microValue, 0)
      const isCredited = rules.creditFromSec === undefined || atSec >= rules.creditFromSec
      const credited = isCredited ? { credited: 1, creditedMicroValue: microValue } : nothingCredited
      addPath(paths, touches, rules, { conversions: 1, nullPaths: 0, microValue, ...credited })
      if (isCredited) addCredits(cells, touches, atSec, microValue / 1e6, rules)
    })
    const last = Math.max(
      conversions.at(-1) ?? Number.NEGATIVE_INFINITY,
      (rules.fromSec ?? Number.NEGATIVE_INFINITY) - 1,
    )
    const lastTouch = Math.max(...journey.filter((row) => row.place !== undefined).map((row) => row.atSec))
    const touches = touchesOf(journey, last, lastTouch, lastTouch, rules)
    if (touches.length > 0) {
      addPath(paths, touches, rules, { conversions: 0, nullPaths: 1, microValue: 0, ...nothingCredited })
    }
  }
  return { paths, cells }
}

const nothingCredited = { credited: 0, creditedMicroValue: 0 }

function journeysOf(rows: readonly JourneyRow[], rules: PathRules): Iterable<readonly ReadRow[]> {
  const byUser = new Map<string, ReadRow[]>()
  for (const { user, atSec, channel, conversion, value } of onceEach(rows)) {
    if (user === null || atSec === null || !isRead(atSec, rules)) continue
    const read: ReadRow = {
      atSec,
      place: channel === null || /^\s*$/.test(channel) ? undefined : placeOf(channel, rules),
      isConversion: conversion === true,
      microValue: Math.round((value ?? 0) * 1e6),
    }
    byUser.set(user, [...(byUser.get(user) ?? []), read])
  }
  return byUser.values()
}

function isRead(atSec: number, { fromSec, toSec, timeZone, lookbackDays }: PathRules): boolean {
  if (toSec !== undefined && atSec >= toSec) return false
  return fromSec === undefined || dayOf(atSec, timeZone) > dayOf(fromSec, timeZone) - lookbackDays
}

function placeOf(channel: string, { channels }: PathRules): number {
  const place = channels.indexOf(channel)
  return place >= 0 ? place : channels.length - 1
}

/** Touches after `afterSec` up to `untilSec`, on the W days that end with the day of `anchorSec`. */
function touchesOf(
  journey: readonly ReadRow[],
  afterSec: number,
  untilSec: number,
  anchorSec: number,
  { lookbackDays, timeZone }: PathRules,
): readonly Touch[] {
  return journey
    .flatMap(({ atSec, place }): Touch[] => {
      const counts = place !== undefined && atSec > afterSec && atSec <= untilSec
      return counts && dayOf(anchorSec, timeZone) - dayOf(atSec, timeZone) < lookbackDays
        ? [{ atSec, place }]
        : []
    })
    .sort((left, right) => left.atSec - right.atSec || left.place - right.place)
}

function addPath(
  paths: Map<string, PlainPath>,
  touches: readonly Touch[],
  { channels }: PathRules,
  more: PlainPath,
) {
  const key = JSON.stringify(touches.map(({ place }) => channels[place]))
  const known = paths.get(key) ?? { conversions: 0, nullPaths: 0, microValue: 0, ...nothingCredited }
  paths.set(key, {
    conversions: known.conversions + more.conversions,
    nullPaths: known.nullPaths + more.nullPaths,
    microValue: known.microValue + more.microValue,
    credited: known.credited + more.credited,
    creditedMicroValue: known.creditedMicroValue + more.creditedMicroValue,
  })
}

function addCredits(
  cells: Map<string, PlainCell>,
  touches: readonly Touch[],
  convertedAtSec: number,
  value: number,
  rules: PathRules,
): void {
  const credits = creditsOf(touches, rules)
  touches.forEach(({ atSec, place }, touch) => {
    const daysBefore = dayOf(convertedAtSec, rules.timeZone) - dayOf(atSec, rules.timeZone)
    const key = JSON.stringify([rules.channels[place], daysBefore])
    const known = cells.get(key) ?? { conversions: Array(7).fill(0), value: Array(7).fill(0) }
    cells.set(key, {
      conversions: known.conversions.map((sum, rule) => sum + credits[rule]![touch]!),
      value: known.value.map((sum, rule) => sum + credits[rule]![touch]! * value),
    })
  })
}

/** A credit for each touch by each rule; those of a rule add up to 1. */
function creditsOf(touches: readonly Touch[], rules: PathRules): readonly (readonly number[])[] {
  const count = touches.length
  const only = (chosen: number) => touches.map((_, touch) => (touch === chosen ? 1 : 0))
  const isDirect = ({ place }: Touch) => rules.direct.includes(rules.channels[place]!)
  const lastIndirect = touches.findLastIndex((touch) => !isDirect(touch))
  const newest = touches.at(-1)?.atSec ?? 0
  const decay = touches.map(({ atSec }) => 0.5 ** ((newest - atSec) / 86_400 / rules.halfLifeDays))
  const all = decay.reduce((sum, weight) => sum + weight, 0)
  return [
    only(0),
    only(count - 1),
    only(lastIndirect < 0 ? count - 1 : lastIndirect),
    touches.map(() => 1 / count),
    positionCredits(count, rules.positionWeights),
    wShapedCredits(count),
    decay.map((weight) => weight / all),
  ]
}

function positionCredits(
  count: number,
  [first, between, last]: PathRules['positionWeights'],
): readonly number[] {
  if (count === 1) return [1]
  if (count === 2) return first + last === 0 ? [0.5, 0.5] : [first / (first + last), last / (first + last)]
  return Array.from({ length: count }, (_, touch) => {
    if (touch === 0) return first / 100
    return touch === count - 1 ? last / 100 : between / 100 / (count - 2)
  })
}

/** Weights 30 for the ends and for the middle, whose two touches share it where the count is even; 10 for all others. */
function wShapedCredits(count: number): readonly number[] {
  const ends = [...new Set([0, count - 1])]
  const middle = [...new Set([Math.floor((count - 1) / 2), Math.ceil((count - 1) / 2)])].filter(
    (touch) => !ends.includes(touch),
  )
  const others = Array.from({ length: count }, (_, touch) => touch).filter(
    (touch) => !ends.includes(touch) && !middle.includes(touch),
  )
  const weights = new Map<number, number>()
  for (const touch of ends) weights.set(touch, 30)
  for (const touch of middle) weights.set(touch, 30 / middle.length)
  for (const touch of others) weights.set(touch, 10 / others.length)
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return Array.from({ length: count }, (_, touch) => (weights.get(touch) ?? 0) / all)
}
