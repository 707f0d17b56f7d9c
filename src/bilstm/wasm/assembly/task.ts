import { runBackward } from './backward'
import { probabilityOf, runForward } from './forward'
import { bytesOf, logits, parameterCount, setPlaces, setShape, units } from './layout'

// A task is rows in pieces that any thread may take. It lies in the memory as numbers of 4 bytes, in this order; `task.ts` outside
// writes it.
/** The next piece that nobody has taken yet. */
const NEXT: usize = 0
const PIECES: usize = 4
/** 0: predict; 1: learn, whose pieces have a gradient each. */
const KIND: usize = 8
const ROWS: usize = 12
/** Of one pass. */
const ROWS_AT_ONCE: usize = 16
const ROWS_PER_PIECE: usize = 20
const WORDS: usize = 24
const PROBABILITIES: usize = 28
const MASK: usize = 32
const LABELS: usize = 36
const WEIGHTS: usize = 40
const FACTOR: usize = 44
const GRADIENTS: usize = 48
const PARAMETERS: usize = 52
const PACKED: usize = 56
const DAYS: usize = 60
const CHANNELS: usize = 64
const UNITS: usize = 68
const WORDS_PER_PATTERN: usize = 72

/**
 * Computes the next piece of a task.
 * @param scratch the thread's own.
 * @returns whether there was one.
 */
export function runNext(task: usize, scratch: usize): bool {
  const piece = atomic.add<i32>(task + NEXT, 1)
  if (piece >= i32.load(task + PIECES)) return false
  const isLearning = i32.load(task + KIND) == 1
  const atOnce = i32.load(task + ROWS_AT_ONCE)
  const words = i32.load(task + WORDS_PER_PATTERN)
  setShape(
    i32.load(task + DAYS),
    i32.load(task + CHANNELS),
    i32.load(task + UNITS),
    words,
    atOnce,
    isLearning,
  )
  setPlaces(i32.load(task + PARAMETERS), i32.load(task + PACKED), scratch)
  const perPiece = i32.load(task + ROWS_PER_PIECE)
  const first = piece * perPiece
  const end = min(i32.load(task + ROWS), first + perPiece)
  if (isLearning) memory.fill(gradientOf(task, piece), 0, bytesOf(parameterCount))
  for (let row = first; row < end; row += atOnce) {
    const rows = min(atOnce, end - row)
    const patterns = <usize>i32.load(task + WORDS) + bytesOf(row * words)
    if (isLearning) learn(task, patterns, row, rows, gradientOf(task, piece))
    else predict(task, patterns, row, rows)
  }
  return true
}

function gradientOf(task: usize, piece: i32): usize {
  return <usize>i32.load(task + GRADIENTS) + bytesOf(piece * parameterCount)
}

function predict(task: usize, patterns: usize, first: i32, rows: i32): void {
  runForward(patterns, rows, 0)
  const probabilities = <usize>i32.load(task + PROBABILITIES) + bytesOf(first)
  for (let row = 0; row < rows; row++) {
    const at = bytesOf(row)
    f32.store(probabilities + at, probabilityOf(f32.load(logits + at)))
  }
}

function learn(task: usize, patterns: usize, first: i32, rows: i32, gradient: usize): void {
  const kept = <usize>i32.load(task + MASK)
  const mask: usize = kept == 0 ? 0 : kept + bytesOf(2 * first * units)
  const at = bytesOf(first)
  runForward(patterns, rows, mask)
  runBackward(
    patterns,
    rows,
    mask,
    <usize>i32.load(task + LABELS) + at,
    <usize>i32.load(task + WEIGHTS) + at,
    f32.load(task + FACTOR),
    <usize>i32.load(task + PROBABILITIES) + at,
    gradient - <usize>i32.load(task + PARAMETERS),
  )
}
