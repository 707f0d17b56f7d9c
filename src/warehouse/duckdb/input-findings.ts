import { type Finding, finding } from '../../findings/finding.ts'
import type { Input } from './input.ts'

/** @returns what is to be said about the files, whatever they are read for. */
export function inputFindings({ repeated, emptyFiles, padded, unnamed }: Input): readonly Finding[] {
  return [
    ...named('repeated-files', repeated, 'named by --input (INPUT) already'),
    ...named('files-without-rows', [...emptyFiles], 'without a row'),
    ...named('padded-column-names', padded, 'of columns with blanks around them'),
    ...named('unnamed-columns', unnamed, 'missing in the first line of CSV files'),
  ]
}

function named(
  code: Parameters<typeof finding>[0],
  names: readonly string[],
  what: string,
): readonly Finding[] {
  return names.length === 0 ? [] : [finding(code, { count: names.length, what, example: names[0] })]
}
