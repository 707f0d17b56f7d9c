import type { OutputColumn, OutputType, Row, Value } from '../warehouse/warehouse.ts'

/** A column of a table, or a list of columns of one type whose names are known only when rows are written. */
export interface ColumnSpec<
  Type extends OutputType = OutputType,
  Nullable extends boolean = boolean,
  List extends boolean = boolean,
> {
  readonly type: Type
  readonly isNullable: Nullable
  readonly isList: List
  /** Where it is not the key in snake case. */
  readonly name?: string
}

/** Columns in their order, by the key that a row has for each. */
export type Columns = Readonly<Record<string, ColumnSpec>>

type CellOf<Spec> =
  Spec extends ColumnSpec<infer Type, infer Nullable>
    ? (Type extends 'double' | 'bigint' ? number : string) | (Nullable extends true ? null : never)
    : never

/** A row with these columns; a list of columns has an array in it. */
export type RowOf<Specs extends Columns> = {
  readonly [Key in keyof Specs]: Specs[Key]['isList'] extends true
    ? readonly CellOf<Specs[Key]>[]
    : CellOf<Specs[Key]>
}

export const varchar = columnOf('varchar')
export const double = columnOf('double')
export const bigint = columnOf('bigint')
export const timestamp = columnOf('timestamp')

function columnOf<Type extends OutputType>(type: Type): ColumnSpec<Type, false, false> {
  return { type, isNullable: false, isList: false }
}

/** @returns the column with NULL allowed. */
export function nullable<Type extends OutputType, List extends boolean>(
  column: ColumnSpec<Type, false, List>,
): ColumnSpec<Type, true, List> {
  return { ...column, isNullable: true }
}

/** @returns a column for each of the names that are given when rows are written. */
export function each<Type extends OutputType, Nullable extends boolean>(
  column: ColumnSpec<Type, Nullable, false>,
): ColumnSpec<Type, Nullable, true> {
  return { ...column, isList: true }
}

/** @returns the column under another name than its key in snake case. */
export function named<Type extends OutputType, Nullable extends boolean, List extends boolean>(
  name: string,
  column: ColumnSpec<Type, Nullable, List>,
): ColumnSpec<Type, Nullable, List> {
  return { ...column, name }
}

/** A table that a run leaves: its columns in order, and from them the SQL columns, the rows and their documents. */
export interface OutputTable<Option extends string = string, Specs extends Columns = Columns> {
  /** The option that names it; unset, the table is not written. */
  readonly option: Option
  /** Ends its name where one option names two tables. */
  readonly suffix?: string
  /** A further option without which it is not written. */
  readonly onlyWith?: Option
  /** All but those that stamp every table. */
  readonly columns: Specs
}

/** @returns the table, for its types. */
export function defineTable<Option extends string, Specs extends Columns>(
  table: OutputTable<Option, Specs>,
): OutputTable<Option, Specs> {
  return table
}

/** @returns the columns' keys in order. */
export function keysOf<Specs extends Columns>(specs: Specs): readonly (keyof Specs & string)[] {
  return Object.keys(specs)
}

/** @returns the columns in SQL. @param listNames of the columns that a list stands for. */
export function sqlColumns(specs: Columns, listNames: readonly string[] = []): readonly OutputColumn[] {
  return Object.entries(specs).flatMap(([key, { type, name, isList }]) =>
    (isList ? listNames : [name ?? snakeCase(key)]).map((name) => ({ name, type })),
  )
}

/** @returns the rows' values in the order of the columns. */
export function sqlRows<Specs extends Columns>(specs: Specs, rows: readonly RowOf<Specs>[]): readonly Row[] {
  const keys = Object.keys(specs)
  return rows.map((row) => keys.flatMap((key): Value | readonly Value[] => row[key] ?? null))
}

/** @returns the name that SQL has for a key of ours, such as days_before for daysBefore. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
