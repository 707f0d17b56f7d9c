import { describe, expect, it } from 'vitest'
import { EvaluationProgress } from '../../src/shapley/evaluate-pending.ts'

describe('the progress of evaluations', () => {
  it('moves through a chunk as its evaluations do, and ends a chunk once', () => {
    const lines: string[] = []
    const progress = new EvaluationProgress(
      { update: (phase, done, total, note) => lines.push(`${phase} ${done}/${total} ${note}`) },
      40,
    )
    progress.startChunk(30, 20)
    progress.evaluated(5)
    progress.evaluated(15)
    progress.endChunk()
    progress.startChunk(10, 0)
    progress.endChunk()
    expect(lines).toEqual([
      'coalitions 7/40 5 evaluations',
      'coalitions 30/40 20 evaluations',
      'coalitions 40/40 20 evaluations',
    ])
  })
})
