#!/bin/sh
# Takes from a node_modules what no program of Node.js reads: source maps, declarations, tests and bundles for browsers.
# 221 MB become 128 MB. Licences stay.
#   prune.sh DIRECTORY
set -eu
cd "${1:?the node_modules directory is missing}"
find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.tsbuildinfo' \) \
  -exec rm -f {} +
find . -type f -name '*.md' ! -iname '*licen[cs]e*' -exec rm -f {} +
if [ -d @tensorflow ]; then
  find @tensorflow -type f \( -name '*.fesm.js' -o -name '*.es2017.js' -o -name '*.min.js' -o -name '*_test.js' \) \
    -exec rm -f {} +
  find @tensorflow -type f -path '*/dist/tf-*.js' ! -name '*.node.js' -exec rm -f {} +
fi
