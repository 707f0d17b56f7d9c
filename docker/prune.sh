#!/bin/sh
# Removes from node_modules what no Node.js program reads: source maps, TypeScript, and TensorFlow.js builds for browsers
# and bundlers. Shrinks 179 MB to 108 MB. Licences are kept.
#   prune.sh DIRECTORY
set -eu
cd "${1:?the node_modules directory is missing}"
find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsbuildinfo' \) \
  -exec rm -f {} +
find . -type f -name '*.md' ! -iname '*licen[cs]e*' -exec rm -f {} +
# Packages of TensorFlow.js with a build for Node.js need only that.
for folder in @tensorflow/*/dist; do
  for file in "$folder"/*.node.js; do
    [ -e "$file" ] || continue
    find "$folder" -type f ! -name '*.node.js' ! -iname '*licen[cs]e*' -exec rm -f {} +
  done
done
find . -depth -type d -empty -exec rmdir {} +
