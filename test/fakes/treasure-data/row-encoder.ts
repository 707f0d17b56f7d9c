import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'

/** Writes values as MessagePack: integers in their shortest form, doubles always as float 64. */
export class RowEncoder {
  #buffer = Buffer.alloc(1 << 16)
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** @returns what was written since the last take. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#bytes))
    this.#bytes = 0
    return taken
  }

  arrayHeader(length: number): void {
    this.#room(5)
    if (length < 16) this.#byte(0x90 | length)
    else this.#long(0xdd, length)
  }

  mapHeader(length: number): void {
    this.#room(5)
    if (length < 16) this.#byte(0x80 | length)
    else this.#long(0xdf, length)
  }

  nil(): void {
    this.#room(1)
    this.#byte(0xc0)
  }

  boolean(value: boolean): void {
    this.#room(1)
    this.#byte(value ? 0xc3 : 0xc2)
  }

  double(value: number): void {
    this.#room(9)
    this.#byte(0xcb)
    this.#bytes = this.#buffer.writeDoubleBE(value, this.#bytes)
  }

  /** @throws {Error} as Trino does where the integer is beyond 64 bits. */
  integer(value: bigint | number): void {
    this.#room(9)
    if (value >= -32 && value < 128) this.#bytes = this.#buffer.writeInt8(Number(value), this.#bytes)
    else if (value >= -0x80000000 && value <= 0x7fffffff) {
      this.#byte(0xd2)
      this.#bytes = this.#buffer.writeInt32BE(Number(value), this.#bytes)
    } else {
      const wide = BigInt(value)
      if (BigInt.asIntN(64, wide) !== wide)
        throw new Error(`NUMERIC_VALUE_OUT_OF_RANGE: bigint overflow: ${wide}`)
      this.#byte(0xd3)
      this.#bytes = this.#buffer.writeBigInt64BE(wide, this.#bytes)
    }
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value)
    this.#room(5 + bytes)
    if (bytes < 32) this.#byte(0xa0 | bytes)
    else this.#long(0xdb, bytes)
    this.#bytes += this.#buffer.write(value, this.#bytes)
  }

  #byte(value: number): void {
    this.#buffer[this.#bytes++] = value
  }

  #long(tag: number, length: number): void {
    this.#byte(tag)
    this.#bytes = this.#buffer.writeUInt32BE(length, this.#bytes)
  }

  #room(bytes: number): void {
    if (this.#bytes + bytes <= this.#buffer.length) return
    const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#bytes + bytes))
    this.#buffer.copy(larger, 0, 0, this.#bytes)
    this.#buffer = larger
  }
}

/** @returns Trino's name of a result column's type. Sums of bigints, which DuckDB widens, are bigints. */
export function trinoType(type: DuckDBType): string {
  const name = type.toString()
  if (name.endsWith('[]')) return `array(${trinoName(name.slice(0, -2))})`
  return trinoName(name)
}

function trinoName(name: string): string {
  const names: Readonly<Record<string, string>> = {
    HUGEINT: 'bigint',
    UBIGINT: 'bigint',
    UINTEGER: 'bigint',
    FLOAT: 'real',
    TIMESTAMP: 'timestamp(3)',
    'TIMESTAMP WITH TIME ZONE': 'timestamp(3) with time zone',
    SQLNULL: 'unknown',
    '"NULL"': 'unknown',
  }
  return names[name] ?? name.toLowerCase()
}

/**
 * Writes a value that DuckDB gave; what MessagePack lacks as Trino's text.
 * @param type without it a double that is whole passes for an integer.
 */
export function encodeValue(encoder: RowEncoder, value: DuckDBValue, type: DuckDBType): void {
  if (value === null) encoder.nil()
  else if (type.typeId === DuckDBTypeId.DOUBLE || type.typeId === DuckDBTypeId.FLOAT)
    encoder.double(Number(value))
  else if (typeof value === 'number') encoder.integer(value)
  else if (typeof value === 'string') encoder.text(value)
  else if (typeof value === 'bigint') encoder.integer(value)
  else if (typeof value === 'boolean') encoder.boolean(value)
  else if (value instanceof DuckDBListValue && type instanceof DuckDBListType) {
    encoder.arrayHeader(value.items.length)
    for (const each of value.items) encodeValue(encoder, each, type.valueType)
  } else if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType) {
    encoder.mapHeader(value.entries.length)
    for (const { key, value: held } of value.entries) {
      encodeValue(encoder, key, type.keyType)
      encodeValue(encoder, held, type.valueType)
    }
  } else encoder.text(textOf(value))
}

function textOf(value: NonNullable<DuckDBValue>): string {
  if (value instanceof DuckDBTimestampTZValue) return `${timestampText(value.micros)} UTC`
  if (value instanceof DuckDBTimestampValue) return timestampText(value.micros)
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString()
  return String(value)
}

/** `2026-01-02 03:04:05.678` */
function timestampText(micros: bigint): string {
  const ms = Number(micros / 1000n) - (micros % 1000n < 0n ? 1 : 0)
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
}
