#!/bin/sh
# Installs the CUDA and cuDNN that a TensorFlow wheel requires where its library looks: deps/nvidia, next to deps/lib.
#   cuda-wheels.sh PACKAGE WHEEL
set -eu
package=${1:?the package directory is missing}
wheel=${2:?the wheel is missing}
wanted=$(
  python3 - "$wheel" <<'PYTHON'
import re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
    metadata = archive.read(name).decode()
found = re.findall(r'^Requires-Dist: (nvidia-\S+); extra == "and-cuda"$', metadata, re.M)
if not found:
    sys.exit('cuda-wheels.sh: %s requires no CUDA' % sys.argv[1])
print(' '.join(found))
PYTHON
)
# shellcheck disable=SC2086 # one word per wheel
pip install --quiet --no-deps --no-compile --only-binary :all: --target "$package/deps/wheels" $wanted
mv "$package/deps/wheels/nvidia" "$package/deps/nvidia"
# Headers and static libraries are only for compilers.
rm -rf "$package/deps/wheels" "$package"/deps/nvidia/*/include
find "$package/deps/nvidia" -name '*.a' -exec rm -f {} +
