#!/bin/sh
# Builds the native binding of TensorFlow.js 4.22 against a current TensorFlow from its Python wheel: the version that
# TensorFlow.js downloads itself is 2.9.1 for CUDA 11.2, which predates Hopper and later GPUs. 45 s on two cores.
#   native-binding.sh PACKAGE WHEEL NODE_HEADERS
#   PACKAGE       node_modules/@tensorflow/tfjs-node or tfjs-node-gpu, installed with --ignore-scripts
#   WHEEL         tensorflow-*.whl, or tensorflow_cpu-*.whl for CPUs only
#   NODE_HEADERS  directory containing node_api.h, such as /usr/local/include/node
set -eu
package=${1:?the package directory is missing}
wheel=${2:?the wheel is missing}
headers=${3:?the directory of node_api.h is missing}
[ -f "$headers/node_api.h" ] || { echo "native-binding.sh: $headers has no node_api.h" >&2; exit 1; }

rm -rf "${package:?}/deps" "${package:?}/lib"
mkdir -p "$package/deps/lib" "$package/deps/include" "$package/lib/napi-v8"

# Headers are in tensorflow/include, including those of TensorFlow's own dependencies.
python3 - "$wheel" "$package/deps" <<'PYTHON'
import os, shutil, sys, zipfile
wheel, target = sys.argv[1:]
libraries = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    missing = [name for name in libraries if name not in names]
    if missing:
        sys.exit('native-binding.sh: %s has no %s' % (wheel, ', '.join(missing)))
    for name in names:
        if name in libraries:
            place = os.path.join(target, 'lib', os.path.basename(name))
        elif name.startswith('tensorflow/include/') and not name.endswith('/'):
            place = os.path.join(target, 'include', name[len('tensorflow/include/'):])
        else:
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with archive.open(name) as source, open(place, 'wb') as copy:
            shutil.copyfileobj(source, copy)
PYTHON

# CUDA's libraries are searched for where Dockerfile.gpu installs NVIDIA's wheels.
# shellcheck disable=SC2016 # $ORIGIN is for the linker
g++ -O2 -std=c++17 -fPIC -shared -DNAPI_VERSION=8 -I"$headers" -I"$package" -I"$package/deps/include" \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" \
  -o "$package/lib/napi-v8/tfjs_binding.node" \
  -L"$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
  -Wl,-rpath,'$ORIGIN/../../deps/lib'
strip "$package/lib/napi-v8/tfjs_binding.node" "$package/deps/lib"/*.so.2
rm -rf "$package/deps/include"
