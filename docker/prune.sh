#!/bin/sh
# Takes from a node_modules what no program of Node.js reads: source maps, TypeScript, and what TensorFlow.js has for
# browsers and bundlers. 221 MB become 108 MB. Licences stay.
#   prune.sh DIRECTORY
set -eu
cd "${1:?the node_modules directory is missing}"
find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsbuildinfo' \) \
  -exec rm -f {} +
find . -type f -name '*.md' ! -iname '*licen[cs]e*' -exec rm -f {} +
# Each of its packages that has a file for Node.js needs that one and the WebAssembly beside it.
for folder in @tensorflow/*/dist; do
  for file in "$folder"/*.node.js; do
    [ -e "$file" ] || continue
    find "$folder" -type f ! -name '*.node.js' ! -name '*.wasm' ! -iname '*licen[cs]e*' -exec rm -f {} +
  done
done
find . -depth -type d -empty -exec rmdir {} +
