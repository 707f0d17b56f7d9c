import { describe, expect, it } from 'vitest'
import { evidenceName } from '../../src/artifacts/evidence-files.ts'
import { shardName } from '../../src/artifacts/shards.ts'
import { removeFormerExport } from '../../src/steps/extraction.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

describe('the files of a former export', () => {
  it('are removed, complete or not, and nothing that somebody else has put beside them', async () => {
    const storage = openLocalStorage(makeTemporaryDirectory())
    const own = [
      'manifest.json',
      shardName('positive', 0, 1),
      shardName('negative', 99_999, 123_456),
      evidenceName(1, 2),
    ]
    const foreign = [
      'evidence/notes.txt',
      'evidence/part-00001-of-00002.tfrecord',
      'evidence/spans/part-00001-of-00002.spans',
      'negative_tfrecords/kept-part-00000-of-00001.tfrecord',
      'negative_tfrecords/part-0-of-1.tfrecord',
      'positive_tfrecords/part-00000-of-00001.tfrecord.bak',
      'positive_tfrecords/positive_page0.tfrecord',
    ]
    for (const name of [...own, ...foreign]) await storage.write(name, [new Uint8Array([1])])
    await removeFormerExport(storage)
    expect((await storage.list('')).toSorted()).toEqual(foreign)
  })
})
