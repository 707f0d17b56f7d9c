#!/bin/sh
# Installs the CUDA and cuDNN that a TensorFlow wheel requires where its library looks: deps/nvidia, next to deps/lib.
#   cuda-wheels.sh PACKAGE WHEEL [REQUIREMENTS]
#   REQUIREMENTS  wheels.txt beside this script: versions and hashes; what it doesn't name is refused
set -eu
package=${1:?the package directory is missing}
wheel=${2:?the wheel is missing}
requirements=${3:-$(dirname "$0")/wheels.txt}
wanted=$(
  python3 - "$wheel" "$requirements" <<'PYTHON'
import re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
    metadata = archive.read(name).decode()
found = re.findall(r'^Requires-Dist: (nvidia-\S+); extra == "and-cuda"$', metadata, re.M)
if not found:
    sys.exit('cuda-wheels.sh: %s requires no CUDA' % sys.argv[1])
with open(sys.argv[2]) as file:
    pinned = re.sub(r'\\\n', '', file.read())
for requirement in found:
    name = re.match(r'[\w.-]+', requirement).group()
    line = re.search(r'^%s==.*--hash=sha256:[0-9a-f]{64}.*$' % re.escape(name), pinned, re.M)
    if not line:
        sys.exit('cuda-wheels.sh: %s has no version with a hash of %s, which the wheel requires' % (sys.argv[2], name))
    print(line.group())
PYTHON
)
echo "$wanted" >"$package/deps/wheels.txt"
pip install --quiet --no-deps --no-compile --only-binary :all: --require-hashes --target "$package/deps/wheels" \
  --requirement "$package/deps/wheels.txt"
rm "$package/deps/wheels.txt"
mv "$package/deps/wheels/nvidia" "$package/deps/nvidia"
# Headers and static libraries are only for compilers.
rm -rf "$package/deps/wheels" "$package"/deps/nvidia/*/include
find "$package/deps/nvidia" -name '*.a' -exec rm -f {} +
