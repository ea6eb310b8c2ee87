#!/usr/bin/env bash
# Ten minutes on a bare machine: one GPU, Python with torch, no network, at most 64 MiB copied to it at a time.
#
#   scripts/gpu_session.sh pack SHEETS CACHE OUT   here: what travels, as OUT/go-1.tar.gz, ... go-4.tar.gz
#   scripts/gpu_session.sh unpack GO...            there, in an empty folder that stays: what has come so far
#   scripts/gpu_session.sh run [OUT]               there: steps, chapters, runs; results, weights and logs in OUT
#   scripts/gpu_session.sh rehearse [OUT]          here: `run` at the smoke budget on the CPU, without network
#
# CACHE is the folder of the downloaded data sets, of which the small ones travel. SHEETS holds CIFAR-10 as one lossless picture of 10,000 images a batch, and rebuild_cifar10.py, which unpacks them.
# MINUTES (default 9), BUDGET (gpu), NAMES (the recipes, in order) and EXPERIMENTS can be set. What is unfinished stands
# in OUT/runs and is resumed by the next `run` that finds it there; an experiment resumes after its last finished cell.
# Weights of finished recipes stand in OUT/weights. Of files over 16 MiB the pieces travel (FILE.piece-aa, ...), which
# the next `run` joins.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
limit=$((64 * 1024 * 1024))

pack() {
    local sheets=$1 cache=$2 out=$3 wheels
    mkdir -p "$out"
    wheels=$(mktemp -d)
    # Pure Python: imported from the wheels as they are. The library does without pooch and platformdirs there.
    "$python" -m pip download --quiet --no-deps --dest "$wheels/wheels" markdown-it-py mdurl mdit-py-plugins ||
        echo "no wheels of markdown-it-py: chapters with questions will fail there" >&2
    mkdir -p "$wheels/wheels"
    git -C "$root" archive --format=tar HEAD lecturelib book data results scripts pyproject.toml >"$out/go-1.tar"
    tar --append --file "$out/go-1.tar" -C "$wheels" wheels
    gzip -9 --force "$out/go-1.tar"
    tar --create --file "$out/go-2.tar" -C "$sheets" rebuild_cifar10.py data_batch_{1,2,3}.webp data_batch_{1,2,3}.tsv.gz
    (cd "$sheets" && tar --create --file - $(ls | grep -v -e 'data_batch_[123]\.' -e rebuild_cifar10.py)) >"$out/go-3.tar"
    mkdir -p "$wheels/cache"
    for folder in "$cache"/*; do
        case $(basename "$folder") in
            cifar-10-batches-py | wikipedia) ;;
            *) cp -r "$folder" "$wheels/cache/" ;;
        esac
    done
    tar --create --gzip --file "$out/go-4.tar.gz" -C "$wheels" cache
    rm -r "$wheels"
    for go in "$out"/go-*; do
        [ "$(stat -c %s "$go")" -le $limit ] || { echo "$go: over 64 MiB" >&2; exit 1; }
        echo "$go: $(stat -c %s "$go") bytes"
    done
}

unpack() {
    local go
    mkdir -p sheets
    for go in "$@"; do
        case $go in
            *.gz) tar --extract --gzip --file "$go" ;;
            *) tar --extract --file "$go" -C sheets ;;
        esac
    done
    if [ -e sheets/test_batch.webp ] && [ -e sheets/data_batch_1.webp ]; then
        "$python" sheets/rebuild_cifar10.py "${LECTURELIB_DATA:-$PWD/cache}"
    fi
}

run() {
    local out=${1:-${OUT:-$root/gpu}} budget=${BUDGET:-gpu} minutes=${MINUTES:-9} wheel code=0
    local names=${NAMES:-gated-pixelcnn-cifar10 simclr-cifar10 rotnet-cifar10}
    local experiment experiments=${EXPERIMENTS-architectures augmentation-pairs}
    mkdir -p "$out/results/experiments" "$out/weights"
    join "$out"
    export LECTURELIB_DATA=${LECTURELIB_DATA:-$root/cache} LECTURELIB_QUIET=1 PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
    for wheel in "$root"/wheels/*.whl; do
        if [ -e "$wheel" ]; then PYTHONPATH=$PYTHONPATH:$wheel; fi
    done
    cd "$root"
    share() { awk "BEGIN {print $minutes * $1}"; }
    "$python" scripts/gpu_steps.py --minutes "$(share 0.1)" --out "$out/steps.json" ${STEPS:-} || code=1
    LECTURELIB_BUDGET=${CHAPTERS_BUDGET:-$budget} "$python" scripts/run_chapters.py --minutes "$(share 0.2)" \
        --out "$out/chapters.json" ${CHAPTERS:-} || code=1
    "$python" -m lecturelib reproduce $names --budget "$budget" --minutes "$(share 0.5)" --resume \
        --runs "$out/runs" --results "$out/results" --weights "$out/weights" || [ $? -eq 75 ] || code=1
    for experiment in $experiments; do
        timeout "$(share 6)" "$python" -m lecturelib experiment "$experiment" --budget "$budget" --seeds 1 \
            --results "$out/results/experiments/$experiment-$budget.json" || [ $? -eq 124 ] || code=1
    done
    cut_to_size "$out"
    return $code
}

# Of every file over 16 MiB, pieces that are not.
cut_to_size() {
    find "$1" -type f -name '*.piece-*' -delete
    find "$1" -type f -size +16M -exec split --bytes=16M {} {}.piece- \;
}

join() {
    local first whole
    find "$1" -type f -name '*.piece-aa' | while read -r first; do
        whole=${first%.piece-aa}
        [ -e "$whole" ] || cat "$whole".piece-* >"$whole"
    done
}

rehearse() {
    local hidden out=${1:-$(mktemp -d)} code=0
    hidden=$(mktemp -d)
    for module in pooch platformdirs beartype nbclient nbformat IPython ipykernel; do
        echo "raise ModuleNotFoundError('No module named $module, as on the machine', name='$module')" >"$hidden/$module.py"
    done
    export BUDGET=${BUDGET:-smoke} LECTURELIB_DEVICE=cpu PYTHONPATH=$hidden
    unshare --net --map-root-user "$0" run "$out" || code=$?
    rm -r "$hidden"
    echo "rehearsed in $out, exit code $code"
    return $code
}

command=${1:?one of pack, unpack, run, rehearse}
shift
"$command" "$@"
