import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sql, sql } from '../../queries/sql.ts'
import type { SetAside } from '../warehouse.ts'
import { type Session, withConnection } from './session.ts'

let counted = 0

/**
 * Lays rows aside in a DuckDB file of its own beside what exceeds memory, sorted, so that DuckDB finds a part by the least and greatest
 * values of its row groups. Whatever happens, the file goes with the session.
 * @param run executes a statement to its end, with this warehouse's errors.
 */
export async function setAside(
  session: Session,
  query: Sql,
  order: Sql,
  run: (statement: Sql) => Promise<void>,
): Promise<SetAside> {
  counted++
  const name = `td_mta_aside_${counted}`
  const table = sql.identifier(name, 'main', 'rows')
  const inSession = (statement: (spillPath: string) => Promise<Sql>) =>
    withConnection(session, 'none', async (connection, spillPath) => {
      await connection.run((await statement(spillPath)).render())
    })
  await inSession(async (spillPath) => {
    await mkdir(spillPath, { recursive: true })
    return sql`ATTACH ${sql.literal(join(spillPath, `${name}.duckdb`))} AS ${sql.identifier(name)}`
  })
  await run(sql`CREATE TABLE ${table} AS ${query} ORDER BY ${order}`)
  return {
    table,
    remove: async () => {
      let file = ''
      await inSession(async (spillPath) => {
        file = join(spillPath, `${name}.duckdb`)
        return sql`DETACH ${sql.identifier(name)}`
      })
      await rm(file, { force: true })
    },
  }
}
