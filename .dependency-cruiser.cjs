/**
 * Imports point one way: cli -> commands -> steps -> artifacts, queries and subjects -> tables -> leaves. Cycles are
 * errors. ARCHITECTURE.md says what each folder holds.
 */
const subjects = '^src/(bilstm|hazard|shapley|evidence|comparison|simulation|report)/'
const leaves = '^src/(examples|numerics|tfrecord|http)/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, dependencyTypesNot: ['npm-optional', 'npm-peer'] },
    },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      // The build bundles td-client.
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/td-client/' },
    },
    {
      name: 'nothing-imports-the-entry',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/(cli|index)\\.ts$' },
    },
    {
      name: 'commands-only-from-the-entry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli\\.ts|index\\.ts|commands/)' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'steps-only-from-commands',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands/|steps/|index\\.ts)' },
      to: { path: '^src/steps/' },
    },
    {
      name: 'tables-are-declarations',
      severity: 'error',
      from: { path: '^src/tables/' },
      to: {
        path: '^src/',
        pathNot: '^src/(tables|numerics)/|^src/errors\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'adapters-are-built-in-commands-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|storage|warehouse)/' },
      to: {
        path: '^src/(warehouse/(duckdb|treasure-data|trino)|storage/(local|gcs|s3))/',
      },
    },
    {
      name: 'subjects-know-no-options',
      severity: 'error',
      from: { path: `^src/(artifacts|queries|warehouse|storage)/|${subjects}|${leaves}` },
      // Which options shape the examples, the manifests hold.
      to: { path: '^src/(options/(?!shaping\\.ts)|commands/|steps/)' },
    },
    {
      name: 'leaves-import-leaves',
      severity: 'error',
      from: { path: leaves },
      to: {
        path: `^src/(artifacts|queries|tables|warehouse|storage)/|${subjects}`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'codec-of-frames-knows-no-pattern',
      severity: 'error',
      from: { path: '^src/tfrecord/' },
      to: { path: '^src/(examples|artifacts|numerics)/' },
    },
    {
      name: 'numerics-without-io',
      severity: 'error',
      from: { path: '^src/(hazard|shapley|evidence|comparison|simulation)/' },
      to: { path: '^src/(warehouse|storage)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'backends-know-no-subject',
      severity: 'error',
      from: { path: '^src/(warehouse|storage)/' },
      to: { path: `^src/(artifacts|tables|examples)/|^src/queries/(?!sql\\.ts)|${subjects}` },
    },
    {
      name: 'report-from-what-it-is-given',
      severity: 'error',
      from: { path: '^src/report/' },
      to: {
        path: '^src/(warehouse|storage|examples|queries|artifacts|bilstm|hazard)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'charts-in-report-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/report/' },
      to: { path: 'node_modules/(@observablehq/plot|linkedom)/' },
    },
    {
      name: 'tensorflow-in-bilstm-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/bilstm/' },
      to: { path: 'node_modules/@tensorflow/' },
    },
    {
      name: 'duckdb-in-its-folder-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/warehouse/duckdb/' },
      to: { path: 'node_modules/@duckdb/' },
    },
    {
      name: 'pino-and-yargs-at-the-edge-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(pino-logger|commands/arguments)\\.ts$' },
      to: { path: 'node_modules/(pino|pino-pretty|yargs)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Another language, which the compiler of the kernels reads.
    exclude: { path: '^src/bilstm/wasm/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
