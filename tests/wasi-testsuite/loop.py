"""Runs the wasm32-wasip1 tests of a wasi-testsuite checkout where the official runner cannot (it needs Python >= 3.12).

Each test gets a fresh copy of its folder: failed tests leave files behind. Usage: loop.py CHECKOUT
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import adapter

TIMEOUT_SECONDS = 60


def run(module: Path) -> str:
    """Returns what went wrong, or nothing."""
    specification = module.with_suffix(".json")
    expected = json.loads(specification.read_text()) if specification.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        root = expected.get("root")
        if root:
            shutil.copytree(module.parent / root, Path(scratch) / "root", symlinks=True)
            root = str(Path(scratch) / "root")
        argv = adapter.compute_argv(str(module), (expected.get("args", []), expected.get("env", {}), root), [], "wasi:cli/command", "wasm32-wasip1")
        try:
            result = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"did not end in {TIMEOUT_SECONDS} s"
    if result.returncode != expected.get("exit_code", 0):
        return f"exit code {result.returncode}: {result.stderr.decode(errors='replace').strip()[:600]}"
    if "stdout" in expected and result.stdout.decode(errors="replace") != expected["stdout"]:
        return f"stdout is {result.stdout!r}"
    return ""


def main() -> int:
    modules = sorted(Path(sys.argv[1]).glob("tests/*/testsuite/wasm32-wasip1/*.wasm"))
    failed = 0
    for module in modules:
        if problem := run(module):
            failed += 1
            print(f"FAILED {module.parts[-4]}/{module.stem}: {problem}", flush=True)
    print(f"{adapter.MOUNT}: {len(modules) - failed} of {len(modules)} passed", flush=True)
    return 1 if failed or not modules else 0


sys.exit(main())
