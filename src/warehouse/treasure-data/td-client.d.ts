/** The part of npm `td` 0.5.0 (here called `td-client`) that is used: it has no types of its own. */
declare module 'td-client' {
  /**
   * If the server refuses: `error` with only its text, and `body` with what it sent, parsed if it was JSON. If no answer
   * came: `error` alone. A 2xx answer that isn't JSON arrives as text without an error, an empty one as `{}`.
   */
  export type TDCallback = (error: Error | null, body: unknown) => void

  export interface TDClientOptions {
    readonly host: string
    readonly protocol: string
    readonly headers: Readonly<Record<string, string>>
  }

  /** What td-client asks of the package `request`. */
  export interface TDRequest {
    readonly method: 'GET' | 'POST'
    /** To be sent as JSON. */
    readonly body?: object
  }

  export class TDClient {
    constructor(apiKey: string, options: TDClientOptions)
    listDatabases(callback: TDCallback): void
    listTables(database: string, callback: TDCallback): void
    createTable(database: string, table: string, type: 'log', callback: TDCallback): void
    updateSchema(database: string, table: string, schema: object, callback: TDCallback): void
    deleteTable(database: string, table: string, callback: TDCallback): void
    /** Adds the query to `options`, the object itself. */
    trinoQuery(database: string, query: string, options: object, callback: TDCallback): void
    showJob(jobId: string, callback: TDCallback): void
    kill(jobId: string, callback: TDCallback): void
    createBulkImport(name: string, database: string, table: string, callback: TDCallback): void
    deleteBulkImport(name: string, callback: TDCallback): void
    showBulkImport(name: string, callback: TDCallback): void
    listBulkImports(callback: TDCallback): void
    performBulkImport(name: string, callback: TDCallback): void
    commitBulkImport(name: string, callback: TDCallback): void
    /** @protected sends every call but uploads. */
    _request(path: string, options: TDRequest, callback: TDCallback): void
  }
}
