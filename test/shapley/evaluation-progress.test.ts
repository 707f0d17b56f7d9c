import { expect, it } from 'vitest'
import { EvaluationProgress } from '../../src/shapley/evaluate-pending.ts'

it('shows how many sub-patterns are evaluated, and how long the others take at that pace', () => {
  const lines: string[] = []
  let nowMs = 500
  const progress = new EvaluationProgress(
    { update: (phase, done, total, note) => lines.push(`${phase} ${done}/${total} ${note}`) },
    40,
    () => nowMs,
  )
  nowMs = 2500
  progress.evaluated(5)
  nowMs = 4500
  progress.evaluated(35)
  expect(lines).toEqual(['evaluations 5/40 14 s left', 'evaluations 40/40 0 s left'])
})
