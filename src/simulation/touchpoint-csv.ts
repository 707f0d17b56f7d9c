import { withRoom } from '../numerics/with-room.ts'
import type { TouchpointRow } from './user-simulator.ts'

/** The names of the columns are the option defaults. */
export const CSV_HEADER = 'time,user_id,source,conversion,value\n'
export const CSV_HEADER_WITH_CAMPAIGNS = 'time,user_id,source,conversion,value,campaign\n'

const COMMA = 0x2c
const NEW_LINE = 0x0a
const ZERO = 0x30

/** More than the numbers, commas and line break of a line take. */
const LINE_BYTES = 64

/**
 * Writes touchpoints as lines of CSV (RFC 4180); a missing channel is an empty field. Bytes are written one by one, since making strings
 * of all the lines takes as long as simulating them.
 */
export class TouchpointLines {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16)
  private length = 0
  private readonly channels = new Map<string | null, Uint8Array>([[null, new Uint8Array(0)]])
  private user = ''
  private userField: Uint8Array = new Uint8Array(0)
  private readonly hasCampaigns: boolean

  constructor(hasCampaigns = false) {
    this.hasCampaigns = hasCampaigns
  }

  add(rows: readonly TouchpointRow[]): void {
    for (const { atSec, userId, channel, conversion, value, campaign } of rows) {
      const ofCampaign = this.fieldOfChannel(campaign ?? null)
      const user = this.fieldOfUser(userId)
      const source = this.fieldOfChannel(channel)
      this.bytes = withRoom(
        this.bytes,
        this.length + user.length + source.length + ofCampaign.length + LINE_BYTES,
      )
      this.addWhole(atSec)
      this.addField(user)
      this.addField(source)
      this.addByte(COMMA)
      this.addByte(ZERO + conversion)
      this.addByte(COMMA)
      if (Number.isInteger(value)) this.addWhole(value)
      else for (const digit of String(value)) this.addByte(digit.charCodeAt(0))
      if (this.hasCampaigns) this.addField(ofCampaign)
      this.addByte(NEW_LINE)
    }
  }

  /** @returns the lines since the last call, in a buffer of their own. */
  take(): Uint8Array<ArrayBuffer> {
    const lines = this.bytes.slice(0, this.length)
    this.length = 0
    return lines
  }

  private fieldOfUser(userId: string): Uint8Array {
    if (userId !== this.user) this.userField = fieldOf(userId)
    this.user = userId
    return this.userField
  }

  private fieldOfChannel(channel: string | null): Uint8Array {
    const known = this.channels.get(channel)
    if (known !== undefined) return known
    const field = fieldOf(channel ?? '')
    this.channels.set(channel, field)
    return field
  }

  private addByte(byte: number): void {
    this.bytes[this.length++] = byte
  }

  private addField(field: Uint8Array): void {
    this.addByte(COMMA)
    for (let at = 0; at < field.length; at++) this.addByte(field[at]!)
  }

  /** @param number whole, from 0 on. */
  private addWhole(number: number): void {
    let digits = 1
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits++
    let rest = number
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tenth = Math.floor(rest / 10)
      this.bytes[at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
    this.length += digits
  }
}

function fieldOf(text: string): Uint8Array {
  const isQuoted = /[",\r\n]/.test(text)
  return new TextEncoder().encode(isQuoted ? `"${text.replaceAll('"', '""')}"` : text)
}
