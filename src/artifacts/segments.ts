import { z } from 'zod'
import { DataError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { maybeReadDocument, writeDocument } from './documents.ts'

/** Conversions after one pattern. */
export interface Counted {
  readonly conversions: number
  readonly value: number
}

/** Credited conversions by segment, the most frequent first, and by their pattern: its cells, see {@link patternKey}. */
export type Segments = ReadonlyMap<string, ReadonlyMap<string, Counted>>

/** @param cells days before * channels + channel, ascending. */
export function patternKey(cells: readonly number[]): string {
  return cells.join(' ')
}

/** The document's name beside the manifest. */
export const SEGMENTS_NAME = 'segments.json'

const segmentsDocument = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  segments: z.array(
    z.strictObject({
      segment: z.string(),
      /** Cells, conversions, value. */
      patterns: z.array(z.tuple([z.string(), z.number(), z.number()])),
    }),
  ),
})

/** Leaves the segments beside the export of a run. */
export async function writeSegments(storage: Storage, runId: string, segments: Segments): Promise<void> {
  const content = {
    schemaVersion: 1 as const,
    runId,
    segments: Array.from(segments, ([segment, counted]) => ({
      segment,
      patterns: Array.from(counted, ([key, { conversions, value }]): [string, number, number] => [
        key,
        conversions,
        value,
      ]),
    })),
  }
  await writeDocument(storage, SEGMENTS_NAME, segmentsDocument, content)
}

/** @throws {DataError} if there are none of that export. */
export async function readSegments(storage: Storage, runId: string): Promise<Segments> {
  const again = 'export again'
  const found = await maybeReadDocument(storage, SEGMENTS_NAME, segmentsDocument, again)
  if (found === undefined || found.content.runId !== runId) {
    throw new DataError(
      `${storage.location}/${SEGMENTS_NAME} is missing, or that of another export: ${again}`,
    )
  }
  return new Map(
    found.content.segments.map(({ segment, patterns }) => [
      segment,
      new Map(patterns.map(([key, conversions, value]) => [key, { conversions, value }])),
    ]),
  )
}
