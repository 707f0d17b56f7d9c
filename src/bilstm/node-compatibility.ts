import util from 'node:util'

/** TensorFlow.js 4.22 for Node calls a function that Node 24 has no more. */
const legacy: { isNullOrUndefined?: (value: unknown) => boolean } = util
legacy.isNullOrUndefined ??= (value) => value === null || value === undefined
