import { readSetBits } from '../numerics/bits.ts'
import { PatternTable } from '../numerics/pattern-table.ts'
import type { Random } from '../numerics/random.ts'
import type { Stratum } from './sampling-plan.ts'

/** Coalitions drawn for one game; each represents its complement as well. */
export interface CoalitionSample {
  readonly players: number
  readonly strata: readonly Stratum[]
  /** Pairs drawn, stratum by stratum. */
  readonly pairs: number
  readonly wordsPerCoalition: number
  /** Coalition i at words[i * wordsPerCoalition ...], player p at bit `p & 31` of word `p >> 5`. */
  readonly words: Uint32Array
}

/**
 * @param strata of {@link planSampling} for as many players.
 * @returns in each stratum a simple random sample without replacement. Expected O(pairs * players).
 */
export function drawCoalitions(players: number, strata: readonly Stratum[], random: Random): CoalitionSample {
  const table = new PatternTable(Math.max(1, Math.ceil(players / 32)), players)
  const coalition = new Uint32Array(table.wordsPerPattern)
  for (const stratum of strata) {
    if (stratum.draws * 2 > stratum.population) walkStratum(players, stratum, random, table, coalition)
    else rejectRepeats(players, stratum, random, table, coalition)
  }
  return {
    players,
    strata,
    pairs: table.count,
    wordsPerCoalition: table.wordsPerPattern,
    words: table.words.slice(0, table.count * table.wordsPerPattern),
  }
}

/**
 * Writes the players of a drawn coalition, ascending, to the front of `members`.
 * @returns how many there are.
 */
export function readMembers(
  { words, wordsPerCoalition }: CoalitionSample,
  pair: number,
  members: Uint32Array,
): number {
  return readSetBits(words, pair * wordsPerCoalition, (pair + 1) * wordsPerCoalition, members)
}

/**
 * Goes through all coalitions of a size and keeps each with the probability that makes the sample fair (algorithm S in
 * Knuth, The Art of Computer Programming 2, 3.4.2). For samples of more than half: O(population * size).
 */
function walkStratum(
  players: number,
  stratum: Stratum,
  random: Random,
  table: PatternTable,
  coalition: Uint32Array,
): void {
  const { drawn, from } = freePlayers(players, stratum)
  const members = Uint32Array.from({ length: drawn }, (_, at) => at)
  let wanted = stratum.draws
  for (let left = stratum.population; wanted > 0; left--) {
    if (wanted === left || random.uniform() * left < wanted) {
      coalition.fill(0)
      for (const member of members) include(coalition, member)
      if (from < players) include(coalition, players - 1)
      table.intern(coalition, 0)
      wanted--
    }
    advanceCombination(members, from)
  }
}

/** Draws until enough are distinct; at most half of the population is wanted, so fewer than 1.5 tries each on average. */
function rejectRepeats(
  players: number,
  stratum: Stratum,
  random: Random,
  table: PatternTable,
  coalition: Uint32Array,
): void {
  const { drawn, from } = freePlayers(players, stratum)
  for (const end = table.count + stratum.draws; table.count < end; ) {
    coalition.fill(0)
    if (from < players) include(coalition, players - 1)
    // Floyd's sampling: each subset of `drawn` of `from` players is equally likely. https://doi.org/10.1145/30401.315746
    for (let top = from - drawn; top < from; top++) {
      const candidate = random.below(top + 1)
      include(coalition, includes(coalition, candidate) ? top : candidate)
    }
    table.intern(coalition, 0)
  }
}

/** Both halves of a pair of the middle size have that size: the one with the last player represents the pair. */
function freePlayers(players: number, { size }: Stratum): { drawn: number; from: number } {
  return size * 2 === players ? { drawn: size - 1, from: players - 1 } : { drawn: size, from: players }
}

/** Turns ascending members out of 0 .. from - 1 into the next combination in lexicographic order. */
function advanceCombination(members: Uint32Array, from: number): void {
  let at = members.length - 1
  while (at > 0 && members[at] === from - members.length + at) at--
  if (members.length > 0) members[at]!++
  for (let next = at + 1; next < members.length; next++) members[next] = members[next - 1]! + 1
}

function include(coalition: Uint32Array, player: number): void {
  coalition[player >>> 5]! |= 1 << (player & 31)
}

function includes(coalition: Uint32Array, player: number): boolean {
  return ((coalition[player >>> 5]! >>> (player & 31)) & 1) === 1
}
