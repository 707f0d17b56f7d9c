/** Imports point one way: cli -> commands -> steps -> subjects -> leaves. Cycles are errors. */
const subjects = '^src/(examples|tfrecord|model|shapley|comparison|evidence|simulation|report)/'

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
      to: { dependencyTypes: ['npm-dev'] },
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
      name: 'adapters-are-built-in-commands-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|storage|warehouse)/' },
      to: { path: '^src/(warehouse/(duckdb|treasure-data|trino)/|storage/(local|gcs|open-storage))' },
    },
    {
      name: 'subjects-know-no-options',
      severity: 'error',
      from: { path: subjects },
      to: { path: '^src/(config|commands|steps)/' },
    },
    {
      name: 'numerics-without-io',
      severity: 'error',
      from: { path: '^src/(shapley|tfrecord|evidence)/' },
      to: { path: '^src/(warehouse|storage)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'report-from-what-it-is-given',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^src/(warehouse|storage|examples|model)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'charts-in-report-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/report/' },
      to: { path: 'node_modules/(@observablehq/plot|linkedom)/' },
    },
    {
      name: 'tensorflow-in-model-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/model/' },
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
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
