import { withRoom } from './with-room.ts'

const FEWEST_SLOTS = 64
/** Patterns of at most this many bits have a slot each: 4 MB. */
const MOST_DIRECT_BITS = 20

/**
 * Numbers distinct patterns 0, 1, 2, ... in the order in which they first occur. A hash table with open addressing
 * over fixed-width words: no string keys, no object per pattern. Where patterns have few bits, each has its own slot.
 */
export class PatternTable {
  /** 32-bit words per pattern. */
  readonly wordsPerPattern: number
  /** Distinct patterns so far. */
  count = 0
  /** Pattern i at words[i * wordsPerPattern ...]; replaced as the table grows. */
  words: Uint32Array
  /** Number of the pattern + 1, 0 if free; the length is a power of two, at most half is used. */
  private slots: Int32Array
  /** A pattern's slot is the pattern itself: there are as many slots as patterns can exist. */
  private readonly isDirect: boolean

  /** @param bits the lowest ones of the words, which alone may be set; all by default. */
  constructor(wordsPerPattern: number, bits = 32 * wordsPerPattern) {
    this.wordsPerPattern = wordsPerPattern
    this.isDirect = wordsPerPattern === 1 && bits <= MOST_DIRECT_BITS
    this.slots = new Int32Array(this.isDirect ? 2 ** bits : FEWEST_SLOTS)
    this.words = new Uint32Array((FEWEST_SLOTS / 2) * wordsPerPattern)
  }

  /**
   * @param words holds the pattern at `offset`; copied where new.
   * @returns the pattern's number; it is new where that equals `count` before the call. Expected O(words per pattern).
   */
  intern(words: Uint32Array, offset: number): number {
    if (this.isDirect) return this.internDirect(words, offset)
    const last = this.slots.length - 1
    let slot = hashOf(words, offset, this.wordsPerPattern) & last
    for (let taken = this.slots[slot]!; taken !== 0; taken = this.slots[slot]!) {
      if (this.holds(taken - 1, words, offset)) return taken - 1
      slot = (slot + 1) & last
    }
    this.slots[slot] = this.count + 1
    this.append(words, offset)
    return this.count - 1
  }

  /** @returns the pattern's number, or -1 where it is not in the table. Expected O(words per pattern). */
  find(words: Uint32Array, offset: number): number {
    if (this.isDirect) return this.slots[words[offset]!]! - 1
    const last = this.slots.length - 1
    let slot = hashOf(words, offset, this.wordsPerPattern) & last
    for (let taken = this.slots[slot]!; taken !== 0; taken = this.slots[slot]!) {
      if (this.holds(taken - 1, words, offset)) return taken - 1
      slot = (slot + 1) & last
    }
    return -1
  }

  private internDirect(words: Uint32Array, offset: number): number {
    const taken = this.slots[words[offset]!]!
    if (taken !== 0) return taken - 1
    this.slots[words[offset]!] = this.count + 1
    this.append(words, offset)
    return this.count - 1
  }

  private holds(index: number, words: Uint32Array, offset: number): boolean {
    const start = index * this.wordsPerPattern
    for (let word = 0; word < this.wordsPerPattern; word++) {
      if (this.words[start + word] !== words[offset + word]) return false
    }
    return true
  }

  private append(words: Uint32Array, offset: number): void {
    const start = this.count * this.wordsPerPattern
    this.words = withRoom(this.words, start + this.wordsPerPattern)
    for (let word = 0; word < this.wordsPerPattern; word++) this.words[start + word] = words[offset + word]!
    this.count++
    if (!this.isDirect && this.count * 2 >= this.slots.length) this.doubleSlots()
  }

  private doubleSlots(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const last = slots.length - 1
    for (let index = 0; index < this.count; index++) {
      let slot = hashOf(this.words, index * this.wordsPerPattern, this.wordsPerPattern) & last
      while (slots[slot] !== 0) slot = (slot + 1) & last
      slots[slot] = index + 1
    }
    this.slots = slots
  }
}

/** Multiplies in each word and mixes as MurmurHash3 ends: https://github.com/aappleby/smhasher/wiki/MurmurHash3 */
function hashOf(words: Uint32Array, offset: number, length: number): number {
  let hash = 0x9e3779b9
  for (let word = 0; word < length; word++) {
    hash = Math.imul(hash ^ words[offset + word]!, 0x85ebca6b)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
  return hash ^ (hash >>> 15)
}
