/** Statements that give DuckDB the names of Trino's dialect that it lacks; run once a connection. */
export const trinoMacros: readonly string[] = []
