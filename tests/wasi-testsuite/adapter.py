"""Lets the official wasi-testsuite runner (Python >= 3.12) run the `wasicloud` command: --runtime-adapter adapter.py.

WASICLOUD is the command, WASICLOUD_RUN_OPTIONS what it is told besides, WASICLOUD_MOUNT how a test sees its folder: --dir (default) or --copy.
"""

import os
import shlex
from typing import Dict, List, Optional, Tuple

WASICLOUD = shlex.split(os.getenv("WASICLOUD", "wasicloud"))
RUN_OPTIONS = shlex.split(os.getenv("WASICLOUD_RUN_OPTIONS", ""))
MOUNT = os.getenv("WASICLOUD_MOUNT", "--dir")


def get_name() -> str:
    return "wasicloud"


def get_version() -> str:
    return os.getenv("WASICLOUD_VERSION", "0.1.0")


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def compute_argv(test_path: str,
                 args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
                 proposals: List[str],
                 wasi_world: str,
                 wasi_version: str) -> List[str]:
    args, env, root = args_env_root
    argv = WASICLOUD + ["run"] + RUN_OPTIONS
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += [MOUNT, f"{root}::/"]
    return argv + [str(test_path)] + args
