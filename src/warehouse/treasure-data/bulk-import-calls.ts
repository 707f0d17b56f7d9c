import { z } from 'zod'
import type { TableName } from '../warehouse.ts'
import { type Answer, type Api, acceptStatus, pathOf } from './api.ts'
import type { Part } from './parts.ts'

/** A bulk import as the API shows it. */
export interface BulkImport {
  readonly name: string
  readonly database: string | undefined
  readonly table: string | undefined
  /** uploading, performing, ready, committing, committed. */
  readonly status: string
  readonly isFrozen: boolean
  /** The id of the job that performs it. */
  readonly jobId: string | undefined
  readonly validRecords: number | undefined
  readonly errorRecords: number | undefined
}

const acknowledged = z.unknown()
const created = z.unknown().transform(() => true)
const session = z
  .looseObject({
    name: z.string(),
    status: z.string(),
    database: z.string().nullish(),
    table: z.string().nullish(),
    upload_frozen: z.boolean().nullish(),
    job_id: z.union([z.string(), z.int()]).nullish(),
    valid_records: z.number().nullish(),
    error_records: z.number().nullish(),
  })
  .transform(
    (shown): BulkImport => ({
      name: shown.name,
      database: shown.database ?? undefined,
      table: shown.table ?? undefined,
      status: shown.status,
      isFrozen: shown.upload_frozen ?? false,
      jobId: shown.job_id === null || shown.job_id === undefined ? undefined : String(shown.job_id),
      validRecords: shown.valid_records ?? undefined,
      errorRecords: shown.error_records ?? undefined,
    }),
  )
const sessionList = z.looseObject({ bulk_imports: z.array(session) }).transform((list) => list.bulk_imports)
const performed = z
  .looseObject({ job_id: z.union([z.string().min(1), z.int()]) })
  .transform((answer) => String(answer.job_id))

export async function listBulkImports(api: Api, signal?: AbortSignal): Promise<readonly BulkImport[]> {
  return api.control(
    `GET ${pathOf('bulk_import', 'list')}`,
    (client, callback) => client.listBulkImports(callback),
    { schema: sessionList },
    signal,
  )
}

/** @returns false if it exists: an earlier attempt may have created it. */
export async function createBulkImport(
  api: Api,
  name: string,
  { database, table }: TableName,
  signal?: AbortSignal,
): Promise<boolean> {
  return await api.control(
    `POST ${pathOf('bulk_import', 'create', name, database, table)}`,
    (client, callback) => client.createBulkImport(name, database, table, callback),
    { schema: created, accept: acceptStatus([409], false) },
    signal,
  )
}

/** @param isPatient where work goes on meanwhile. @returns undefined if there is none. */
export async function showBulkImport(
  api: Api,
  name: string,
  signal?: AbortSignal,
  isPatient = false,
): Promise<BulkImport | undefined> {
  return api.control(
    `GET ${pathOf('bulk_import', 'show', name)}`,
    (client, callback) => client.showBulkImport(name, callback),
    { schema: session.optional(), accept: acceptStatus([404], undefined), isPatient },
    signal,
  )
}

/** A part of the same name is replaced, so it can be sent again. */
export async function uploadPart(api: Api, name: string, part: Part, signal?: AbortSignal): Promise<void> {
  const path = pathOf('bulk_import', 'upload_part', name, part.name)
  await api.upload(path, part.bytes, { schema: acknowledged }, signal)
}

export async function freezeBulkImport(api: Api, name: string, signal?: AbortSignal): Promise<void> {
  const alreadyDone = ifShown(api, name, signal, ({ isFrozen }) =>
    isFrozen ? { value: undefined } : undefined,
  )
  const path = pathOf('bulk_import', 'freeze', name)
  await api.json('POST', path, { schema: acknowledged, alreadyDone }, signal)
}

/** @returns the id of the job that performs it. */
export async function performBulkImport(api: Api, name: string, signal?: AbortSignal): Promise<string> {
  const alreadyDone = ifShown(api, name, signal, ({ status, jobId }) =>
    status !== 'uploading' && jobId !== undefined ? { value: jobId } : undefined,
  )
  return api.control(
    `POST ${pathOf('bulk_import', 'perform', name)}`,
    (client, callback) => client.performBulkImport(name, callback),
    { schema: performed, alreadyDone },
    signal,
  )
}

export async function commitBulkImport(api: Api, name: string, signal?: AbortSignal): Promise<void> {
  const alreadyDone = ifShown(api, name, signal, ({ status }) =>
    /^committ(ing|ed)$/.test(status) ? { value: undefined } : undefined,
  )
  await api.control(
    `POST ${pathOf('bulk_import', 'commit', name)}`,
    (client, callback) => client.commitBulkImport(name, callback),
    { schema: acknowledged, alreadyDone },
    signal,
  )
}

function ifShown<T>(
  api: Api,
  name: string,
  signal: AbortSignal | undefined,
  answer: (shown: BulkImport) => Answer<T> | undefined,
): () => Promise<Answer<T> | undefined> {
  return async () => {
    const shown = await showBulkImport(api, name, signal)
    return shown && answer(shown)
  }
}

/**
 * Deletes the session, if it exists, but not what it committed.
 * @param only of a name that others use too, with the table of the session: a call whose answer got lost is not repeated on theirs.
 */
export async function deleteBulkImport(
  api: Api,
  name: string,
  signal?: AbortSignal,
  only?: { readonly table: string | undefined },
): Promise<void> {
  const isGone = async () => {
    const shown = await showBulkImport(api, name, signal)
    return shown && shown.table === only?.table ? undefined : { value: undefined }
  }
  await api.control(
    `POST ${pathOf('bulk_import', 'delete', name)}`,
    (client, callback) => client.deleteBulkImport(name, callback),
    { schema: acknowledged, accept: acceptStatus([404], undefined), ...(only && { alreadyDone: isGone }) },
    signal,
  )
}
