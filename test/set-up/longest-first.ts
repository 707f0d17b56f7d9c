import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Projects by how long their files take: a long file that begins last would keep one processor alone at the end. */
const ORDER = ['e2e', 'servers', 'process', 'engine', 'pure']

/** Runs the files of the slowest project first; those of one project as Vitest has them, the longest or largest first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ project }: TestSpecification) => ORDER.indexOf(project.name)
    return sorted.sort((one, other) => place(one) - place(other))
  }
}
