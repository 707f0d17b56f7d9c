import { readFileSync } from 'node:fs'
import type { JourneyRow } from './oracle.ts'

const channels = ['direct', 'facebook', 'google', 'instagram', 'sfmc']

function readLines(file: string): readonly (readonly [user: string, triples: readonly number[][]])[] {
  const text = readFileSync(new URL(`../fixtures/original/${file}.jsonl`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const isAny = () => true

/** @returns the journeys of `test/fixtures/original` that the original was given. @param isRead tells whose. */
export function originalJourneys(isRead: (user: string) => boolean = isAny): readonly JourneyRow[] {
  return readLines('journeys')
    .filter(([user]) => isRead(user))
    .flatMap(([user, steps]) => {
      let atSec = 0
      return steps.map(([passedSec = 0, channel = -1, conversion]): JourneyRow => {
        atSec += passedSec
        return { user, atSec, channel: channels[channel]!, conversion: conversion === 1, value: null }
      })
    })
}

/** @returns what the original makes of the journeys, as counted patterns: `+ 0:email 2:search x3`, sorted. */
export function originalExamples(
  lookbackDays: 3 | 5,
  isRead: (user: string) => boolean = isAny,
): readonly string[] {
  const counts = new Map<string, number>()
  for (const [sign, label] of [
    ['+', 'positives'],
    ['-', 'negatives'],
  ]) {
    for (const [user, cells] of readLines(`${label}-${lookbackDays}-days`)) {
      if (!isRead(user)) continue
      const words = cells.map(
        ([position = 0, channel = -1]) => `${lookbackDays - 1 - position}:${channels[channel]}`,
      )
      const pattern = [sign, ...words.sort()].join(' ')
      counts.set(pattern, (counts.get(pattern) ?? 0) + 1)
    }
  }
  return [...counts].map(([pattern, count]) => `${pattern} x${count}`).sort()
}
