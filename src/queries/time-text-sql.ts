import { type Sql, sql } from './sql.ts'

/** Whole and other numbers, as texts. */
export const WHOLE_NUMBER = '^-?[0-9]{1,19}$'
export const NUMBER = '^[-+]?[0-9]+([.][0-9]*)?([eE][-+]?[0-9]+)?$'

const [HOUR, MINUTE] = ['(?:[01][0-9]|2[0-3])', '[0-5][0-9]']
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
const FULL_ZONE = '(?:Z|[-+](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))'
const ANY_ZONE = '(?: *(?:[Zz]|UTC|utc|GMT|gmt|[-+](?:(?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|14(?::?00)?)))'

/** How dates and times are written, by what comes before the zone; `alone` may stand without a time. */
interface Form {
  readonly before: string
  readonly zone: string
  /** Texts that are a date alone. */
  readonly alone?: string
  /** @returns SQL of ISO 8601 as every warehouse reads it. @param zone SQL of the zone. */
  readonly iso: (text: Sql, zone: Sql) => Sql
}

/** The first form is what most tables hold and warehouses read as it is; texts of the others are taken apart. */
const forms: readonly [Form, Form, Form] = [
  {
    before: `${DATE}[T ]${HOUR}:${MINUTE}:${MINUTE}(?:[.][0-9]{1,6})?`,
    zone: FULL_ZONE,
    alone: DATE,
    iso: (text) => sql`replace(${text}, ' ', 'T')`,
  },
  {
    before: `${DATE}[Tt ]${HOUR}:${MINUTE}(?::${MINUTE}(?:[.,][0-9]+)?)?`,
    zone: ANY_ZONE,
    iso: (text, zone) => {
      const seconds = sql`CASE WHEN substr(${text}, 17, 1) = ':' THEN substr(${text}, 17, 3) ELSE ':00' END`
      return sql`substr(${text}, 1, 10) || 'T' || substr(${text}, 12, 5) || ${seconds} || ${zone}`
    },
  },
  {
    before: `[0-9]{8}[Tt ]${HOUR}${MINUTE}(?:${MINUTE}(?:[.,][0-9]+)?)?`,
    zone: ANY_ZONE,
    iso: (text, zone) => {
      const part = (from: number, length: number) => sql`substr(${text}, ${from}, ${length})`
      const seconds = sql`CASE WHEN ${part(14, 1)} BETWEEN '0' AND '9' THEN ${part(14, 2)} ELSE '00' END`
      const date = sql`${part(1, 4)} || '-' || ${part(5, 2)} || '-' || ${part(7, 2)}`
      return sql`${date} || 'T' || ${part(10, 2)} || ':' || ${part(12, 2)} || ':' || ${seconds} || ${zone}`
    },
  },
]

/** Texts of one form. */
interface DatedText {
  readonly pattern: string
  readonly isZoneless: boolean
  readonly iso: (text: Sql) => Sql
}

/** @param apart tells texts without a zone from those with one. */
export function datedTexts(apart: boolean): readonly DatedText[] {
  return forms.flatMap((form): readonly DatedText[] => {
    const { before, zone, iso } = form
    const withZone = (text: Sql) => iso(text, zoneSql(text))
    if (!apart) return [{ pattern: matching([form], `(?:${zone})?`), isZoneless: false, iso: withZone }]
    return [
      { pattern: matching([form], ''), isZoneless: true, iso: (text) => iso(text, sql`'Z'`) },
      { pattern: matching([{ before, zone, iso }], zone), isZoneless: false, iso: withZone },
    ]
  })
}

/** @returns a pattern of whole texts. */
function matching(some: readonly Form[], zone: string): string {
  const texts = some.flatMap(({ before, alone }) => [
    `${before}${zone}`,
    ...(alone === undefined ? [] : [alone]),
  ])
  return `^(?:${texts.join('|')})$`
}

/** @returns SQL that is true for a date or time without a zone. */
export function zonelessText(text: Sql): Sql {
  return sql`coalesce(regexp_like(${text}, ${sql.literal(matching(forms, ''))}), false)`
}

/** Of `+09`, `+0900` and `+09:00` the last; `Z` for all that has no number. */
function zoneSql(text: Sql): Sql {
  const offset = sql`nullif(regexp_extract(${text}, '[-+][0-9:]+$'), '')`
  const minutes = sql`rpad(substr(replace(${offset}, ':', ''), 4, 2), 2, '0')`
  return sql`coalesce(substr(${offset}, 1, 3) || ':' || ${minutes}, 'Z')`
}

/** @returns SQL of unix seconds, NULL where there is no such day. @param iso SQL of ISO 8601, UTC if it has no zone. */
export function instantSql(iso: Sql): Sql {
  return sql`CAST(floor(to_unixtime(TRY(from_iso8601_timestamp(${iso})))) AS bigint)`
}
