#!/usr/bin/env bash
# Compiles a layer, so that a cold start does not have to: bytecode.sh DIRECTORY [--instead-of-sources].
# The bytecode is marked unchecked: it is valid whatever time stamps the unpacked files get. Only the Python
# that will run the layer can write it; on a machine without a Python 3.13 the layer is left uncompiled, which
# is slower to start, not wrong. Instead of the sources: half the files to unpack, and tracebacks without the
# lines of code that are not ours.
set -euo pipefail
directory=$1
if [ "${GLOSS_BUILD_TARGET:-lambda}" = host ]; then
  python=${GLOSS_HOST_PYTHON:-python3}
else
  python=$("${UV:-uv}" python find --no-python-downloads --no-project 3.13 2>/dev/null || true)
fi
if [ -z "$python" ]; then
  echo "no Python 3.13 on this machine: $(basename "$(dirname "$directory")") ships without bytecode"
  exit 0
fi
compile=("$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$directory" -p /opt/python)
if [ "${2:-}" = --instead-of-sources ]; then
  "${compile[@]}" -b "$directory"
  find "$directory" -name '*.py' -delete
else
  "${compile[@]}" "$directory"
fi
