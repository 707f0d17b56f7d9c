import { quoteIdentifier, quoteLiteral } from '../sql-text.ts'

/** The attached database whose views answer for Trino's information_schema. */
const VIEWS = 'trino_names'

const trinoType = `CASE data_type WHEN 'FLOAT' THEN 'real'
  ELSE regexp_replace(lower(data_type), '^(.*)\\[\\]$', 'array(\\1)') END`

/** @returns statements that make the views, which are of one catalog as in Trino and have Trino's types. */
export function trinoNames(catalog: string): readonly string[] {
  const mine = `= ${quoteLiteral(catalog)}`
  return [
    `ATTACH ':memory:' AS ${VIEWS}`,
    `CREATE VIEW ${VIEWS}.columns AS SELECT table_catalog, table_schema, table_name, column_name, ordinal_position,
       CAST(NULL AS VARCHAR) AS column_default, 'YES' AS is_nullable, ${trinoType} AS data_type
       FROM information_schema.columns WHERE table_catalog ${mine}`,
    `CREATE VIEW ${VIEWS}.tables AS SELECT table_catalog, table_schema, table_name, table_type
       FROM information_schema.tables WHERE table_catalog ${mine}`,
    `CREATE VIEW ${VIEWS}.schemata AS SELECT catalog_name, schema_name
       FROM information_schema.schemata WHERE catalog_name ${mine} AND schema_name NOT IN ('main', 'pg_catalog')`,
  ]
}

const name = '("(?:[^"]|"")+"|[\\w]+)'
const describing = new RegExp(
  `^\\s*(?:DESCRIBE|DESC|SHOW\\s+COLUMNS\\s+(?:FROM|IN))\\s+(?:${name}\\.)?(?:${name}\\.)?${name}\\s*$`,
  'i',
)
const listing = new RegExp(`^\\s*SHOW\\s+TABLES(?:\\s+(?:FROM|IN)\\s+(?:${name}\\.)?${name})?\\s*$`, 'i')

/** @returns SQL for DuckDB that answers as Trino answers DESCRIBE, SHOW and queries of information_schema. */
export function translate(sql: string, database: string): string {
  const described = describing.exec(sql)
  if (described) {
    const [, first, second, table = ''] = described
    return describeTable(plain(second ?? first ?? database), plain(table))
  }
  const listed = listing.exec(sql)
  if (listed) {
    const schema = quoteLiteral(plain(listed[2] ?? database))
    return `SELECT table_name AS "Table" FROM ${VIEWS}.tables WHERE table_schema = ${schema} ORDER BY 1`
  }
  return sql.replace(
    /(?:"td-presto"\s*\.\s*)?"?\binformation_schema\b"?\s*\.\s*"?(columns|tables|schemata)\b"?/gi,
    `${VIEWS}."$1"`,
  )
}

function describeTable(schema: string, table: string): string {
  const where = `table_schema = ${quoteLiteral(schema)} AND table_name = ${quoteLiteral(table)}`
  const missing = quoteLiteral(`Table 'td-presto.${schema}.${table}' does not exist`)
  return `SELECT CASE WHEN column_name IS NULL THEN error(${missing}) ELSE column_name END AS "Column",
    data_type AS "Type", '' AS "Extra", '' AS "Comment"
    FROM (SELECT 1) LEFT JOIN (FROM ${VIEWS}.columns WHERE ${where}) ON true ORDER BY ordinal_position`
}

function plain(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase()
}

/** @returns whether the SQL seems to name a table: its name stands there as a word of its own. */
export function mentions(sql: string, table: string): boolean {
  const escaped = table.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w])${escaped}($|[^\\w])`, 'i').test(sql)
}

/** @returns the path of a table for DuckDB. */
export function pathOf(catalog: string, database: string, table: string): string {
  return [catalog, database, table].map(quoteIdentifier).join('.')
}

/** @returns the name of a result's column as Trino gives it: `_col0` where DuckDB names an expression by its text. */
export function columnName(name: string, at: number, sql: string): string {
  const isGiven = /^[a-z_]\w*$/i.test(name) ? !/^null$/i.test(name) : sql.includes(quoteIdentifier(name))
  return isGiven ? name : `_col${at}`
}
