#!/bin/bash
# Runs SQLite's speedtest1 against :memory:, a memory mount and host directories, interleaved, and what the same system calls cost a C program.
# usage: speedtest1.sh MODULE SIZE RUNS WASICLOUD... -- FOLDER...
# Prints medians: seconds on the wall, seconds of processor time (user and kernel).
set -euo pipefail
module=$1 size=$2 runs=$3
shift 3
tools=()
while [[ $1 != -- ]]; do tools+=("$1"); shift; done
shift
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -Wall -o "$work/replay" "$here/replay.c"

measure() { # NAME COMMAND...
    local name=$1 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" > "$work/output" 2>&1; } 2> "$work/time"
    read -r wall user kernel < "$work/time"
    echo "$wall $(echo "$user + $kernel" | bc)" >> "$work/$name"
}

fresh() { # FOLDER: an empty one in it, of a new name: ext4 then looks for inodes elsewhere than in the run before
    rm -rf "$1"/speedtest1.??????
    mktemp -d "$1/speedtest1.XXXXXX"
}

names=()
for ((run = 0; run <= runs; run++)); do
    # Run 0 warms the compiled-module cache and records what is replayed.
    if ((run == 0)); then
        "${tools[0]}" run --trace --dir "$(fresh "$1")::/data" "$module" --size "$size" /data/s.db 2> "$work/trace" > "$work/output"
        for tool in "${tools[@]}"; do "$tool" run "$module" --size 1 :memory: > "$work/output"; done
        continue
    fi

    for ((index = 0; index < ${#tools[@]}; index++)); do
        tool=${tools[index]}
        measure "$index-memory" "$tool" run "$module" --size "$size" :memory:
        measure "$index-mount" "$tool" run --mem /data "$module" --size "$size" /data/s.db
        for folder in "$@"; do
            measure "$index-dir-${folder//\//_}" "$tool" run --dir "$(fresh "$folder")::/data" "$module" --size "$size" /data/s.db
        done
    done

    for folder in "$@"; do measure "replay-${folder//\//_}" "$work/replay" "$work/trace" data "$(fresh "$folder")"; done
done

for folder in "$@"; do rm -rf "$folder"/speedtest1.??????; done
printf '%-40s %8s %8s\n' '' wall cpu
for file in "$work"/{[0-9],replay}-*; do
    middle=$(((runs + 1) / 2))
    printf '%-40s %8s %8s\n' "$(basename "$file")" "$(cut -d' ' -f1 "$file" | sort -n | sed -n "${middle}p")" "$(cut -d' ' -f2 "$file" | sort -n | sed -n "${middle}p")"
done
