#!/bin/sh
# Runs the public wasi-testsuite (https://github.com/WebAssembly/wasi-testsuite, branch prod/testsuite-base) with `wasicloud run`,
# once on host directories (--dir) and once on copies in memory (--copy).
#   WASI_TESTSUITE=checkout WASICLOUD=command [PYTHON=python3] tests/wasi-testsuite/run.sh [--dir|--copy]
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${WASI_TESTSUITE:?must name a checkout of wasi-testsuite, branch prod/testsuite-base}"
WASICLOUD=${WASICLOUD:-wasicloud}
export WASICLOUD
PYTHON=${PYTHON:-python3}
status=0
for WASICLOUD_MOUNT in ${1:---dir --copy}; do
    export WASICLOUD_MOUNT
    if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        echo "$WASICLOUD_MOUNT: the official runner"
        # Failed tests leave files behind: the runner gets a copy of the suites.
        scratch=$(mktemp -d)
        set --
        for suite in "$WASI_TESTSUITE"/tests/*/testsuite/wasm32-wasip1; do
            copy=$scratch/$(basename "$(dirname "$(dirname "$suite")")")
            mkdir -p "$copy" && cp -R "$suite" "$copy/" && set -- "$@" "$copy/wasm32-wasip1"
        done
        "$PYTHON" "$WASI_TESTSUITE/test-runner/wasi_test_runner.py" --test-suite "$@" --runtime-adapter "$here/adapter.py" || status=1
        rm -rf "$scratch"
    else
        echo "$WASICLOUD_MOUNT: Python is older than 3.12, which the official runner needs; this is our own loop over its specifications"
        PYTHONDONTWRITEBYTECODE=1 "$PYTHON" "$here/loop.py" "$WASI_TESTSUITE" || status=1
    fi
done
exit $status
