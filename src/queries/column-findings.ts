import { type Finding, finding } from '../findings/finding.ts'
import type { Column } from '../warehouse/warehouse.ts'

/** @returns what is to be said of a column that the files of a table don't have alike. */
export function columnFindings({ name, absentFrom = [], mixedTypes = [] }: Column): readonly Finding[] {
  const [lacking] = absentFrom
  const [first, ...others] = mixedTypes
  const missing = lacking && {
    count: absentFrom.length,
    what: `without the column ${name}`,
    example: `${lacking.file}, which has ${lacking.columns.join(', ')}`,
  }
  const mixed = first && {
    count: others.reduce((sum, { files }) => sum + files, 0),
    what: `with another type of the column ${name} than ${first.type} in ${first.file}`,
    example: others.map(({ type, file }) => `${type} in ${file}`)[0],
  }
  return [
    ...(missing ? [finding('files-without-column', missing)] : []),
    ...(mixed ? [finding('columns-of-several-types', mixed)] : []),
  ]
}
