# The rows of scan, a part of peers.sh: who is compared, on which trees.

readonly SPEEDUP=2 # by how much the emulated disk is faster than a real one; a higher one shows the processor instead

# ---- peers -------------------------------------------------------------------------------------------------

find_finders() {
    if [[ $1 == scan-hdd && -x ${DRIVESIM:-} ]]; then tools+=(--drivesim "$DRIVESIM"); fi
    if [[ $1 == scan-peers || $1 == scan-cold ]]; then by_cargo fdf fdf "$FDF_VERSION"; fi
    if [[ $1 != scan-small ]]; then by_cargo fd fd-find "$FD_VERSION"; fi
    if [[ $1 == scan-peers ]]; then by_cargo rg ripgrep "$RG_VERSION"; fi
    if [[ $1 == scan-peers || $1 == scan-hdd ]]; then by_apt --bfs bfs bfs; fi
    if [[ $1 == scan-cold ]]; then return; fi
    if is_there find && [[ $(command find --version 2>&1 || true) != *"GNU findutils"* ]]; then
        missing find "this one is not GNU find; install the package findutils"
    else
        by_apt --find find findutils
    fi
}

# ---- trees -------------------------------------------------------------------------------------------------

# They are kept in PEERS_DIR/trees and made once for each scale. The functions that make something set `input` to the
# folder to work on and `about` to what it holds.

# The trees of the kinds asked for that can be had: without mktree.py one plain tree in place of them all.
kinds() {
    if [[ -n ${MKTREE:-} && -r $MKTREE ]]; then
        printf '%s\n' "$@"
    else
        loudly "no MKTREE=${MKTREE:-}: one plain tree in place of $*, not comparable with figures on mktree.py's"
        echo plain
    fi
}

# keep_tree FOLDER COMMAND...: runs the command with a folder to make, unless an earlier run has made it.
keep_tree() {
    local folder=$1
    shift
    [[ ! -d $folder ]] || return 0
    say "making $folder"
    rm -rf "$folder.part" && mkdir -p "$(dirname "$folder")" && "$@" "$folder.part" >/dev/null && mv "$folder.part" "$folder"
}

mktree() { python3 "$MKTREE" "$1" "$2" --scale "$scale"; }
make_inputs() { python3 -B "$here/inputs.py" "$1" "$2" "$scale"; }

make_tree() {
    if [[ $1 == plain ]]; then
        about="plain tree --scale $scale (empty files)"
        input=$cache/trees/plain-$scale/plain
        keep_tree "$input" make_inputs tree || return
    else
        about="mktree.py $1 --scale $scale (empty files)"
        input=$cache/trees/mktree-$scale/$1
        keep_tree "$input" mktree "$1" || return
    fi
    input=$(realpath "$input")
}

make_sizes() {
    about="sizes of inputs.py, SCALE $scale (empty files, all of them .jpg)"
    input=$cache/trees/sizes-$scale
    keep_tree "$input" make_inputs sizes || return
    input=$(realpath "$input")
}

make_small() {
    about="small of inputs.py (empty files)"
    input=$inputs/small
    [[ -d $input ]] || python3 -B "$here/inputs.py" small "$input"
}

# An emulated hard disk with an aged copy of the photo tree, which takes three quarters of it.
make_drive() {
    local kind=$1
    make_tree "$kind" || return
    local source=$input
    drive=$inputs/drive input=$inputs/drive/$kind
    mkdir -p "$drive"
    "$DRIVESIM" mount --model hdd7200 --dir "$drive" --size 16G --speedup "$SPEEDUP" >&2 || { drive= && return 1; }
    "$DRIVESIM" instant "$drive" on && say "making $input" \
        && python3 -B "$here/inputs.py" aged "$source" "$input" && sync && "$DRIVESIM" instant "$drive" off || return
    about="$about, aged, on drivesim hdd7200 of 1 TB, delays divided by $SPEEDUP"
}

remove_drive() {
    [[ -z ${drive:-} ]] || "$DRIVESIM" umount "$drive" >&2 || "$DRIVESIM" umount "$drive" --force >&2 || true
    drive=
}

# ---- rows --------------------------------------------------------------------------------------------------

# scan_trees BENCH KIND...
scan_trees() {
    local bench=$1 kind code wanted
    shift
    mapfile -t wanted < <(kinds "$@")
    for kind in "${wanted[@]}"; do
        code=0
        make_tree "$kind" && measure "$bench" "$kind" || code=$?
        judge "$code"
    done
}

scan_limit() {
    if [[ -x ${LIMIT:-} ]]; then
        scan_trees scan-limit photo flat deep skewed
    else
        loudly "scan-limit is left out: no LIMIT=${LIMIT:-}, bare system calls to compare with"
    fi
}

scan_cold() {
    if ((EUID == 0)) && [[ -w /proc/sys/vm/drop_caches ]]; then
        scan_trees scan-cold photo skewed
    else
        loudly "scan-cold is left out: it takes root and a writable /proc/sys/vm/drop_caches"
    fi
}

scan_hdd() {
    local code=0
    if [[ ! -x ${DRIVESIM:-} ]] || ((EUID != 0)) || [[ ! -w /dev/fuse ]]; then
        loudly "scan-hdd is left out: it takes root, /dev/fuse and an emulated hard disk, not DRIVESIM=${DRIVESIM:-}"
    elif make_drive "$(kinds photo)"; then
        measure scan-hdd || code=$?
    else
        loudly "scan-hdd is left out: the emulated hard disk was not to be had"
    fi
    remove_drive
    judge "$code"
}
