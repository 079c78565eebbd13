#!/usr/bin/env bash
# Times jpegasus on emulated drives, cold: beside fd | xargs vipsthumbnail, beside every single setting, beside what
# the drive allows.
#
#   benches/drives.sh ROW... [--rounds N] [--quick] [--speedup S] [--models A,B]
#
#   ROW          crop: 500 photos of an aged hard disk, against fd | xargs vipsthumbnail; heads: headers on it, against
#                one reader by path; ssd: both on solid-state drives, beside every setting; thrash: 200 photos on every
#                kind of drive, beside six settings; two: two drives at once; truth: what `jpegasus bench` says, beside
#                fio and an exhaustive run; all
#   --rounds N   rounds to measure (default 3, where beginnings of files are read 3 to 15)
#   --quick      a tenth of the photos, one round: a try, no figure
#   --speedup S  by which the delays of hard disks are divided (default 4 for whole files and 10 for beginnings; in the
#                row two 1). Processors stay as they are, so a higher one makes them the limit sooner
#   --models A,B only these drives in ssd, thrash and truth, such as sata-ssd,hdd7200-rotational-0
#
#   DRIVESIM     drivesim, which emulates drives; without it nothing is measured
#   PHOTOS       a folder of camera photos, those of 1 MB and more are copied; without it the photos of the fixtures
#   PEERS_DIR    where peers are installed and results are written (default target/peers)
#   JPEGASUS     a jpegasus to measure; without it one is built with cargo
#
# Linux only; as root, with /dev/fuse and loop devices. fd is installed by cargo into PEERS_DIR, vipsthumbnail and fio
# by apt. What cannot be had is left out, loudly. The drives are in memory: about 2 GB. All rows take about 25 minutes.
#
# Exit code: 0; 2 nothing was measured; 3 a contender was left out because its output differs; 5 a bar was missed.
set -euo pipefail

FD_VERSION=10.5.0
ROWS=(crop heads ssd thrash two truth)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(dirname "$here")
source "$here/tools.sh"

# ---- arguments ---------------------------------------------------------------------------------------------

rows=()
extra=()
while (($#)); do
    case $1 in
        all) rows=("${ROWS[@]}") ;;
        --quick) extra+=(--quick) ;;
        --rounds | --speedup | --models) extra+=("$1" "${2:?"$1 needs a value"}") && shift ;;
        -h | --help) usage && exit ;;
        *)
            [[ " ${ROWS[*]} " == *" $1 "* ]] || die "unknown argument '$1' (see --help)"
            rows+=("$1")
            ;;
    esac
    shift
done
((${#rows[@]})) || die "say what to measure (see --help)"
[[ " ${extra[*]} " != *" --rounds "* || " ${extra[*]} " =~ " --rounds "[1-9][0-9]*" " ]] \
    || die "--rounds needs a number of at least 1"

[[ $(uname -s) == Linux ]] || die "needs Linux: loop devices, /proc/sys/vm/drop_caches"
is_there python3 || die "needs python3 (3.9 or later)"
is_there xargs || die "needs GNU xargs (package findutils)"
if [[ ! -x ${DRIVESIM:-} ]] || ((EUID != 0)) || [[ ! -w /dev/fuse ]]; then
    loudly "nothing is measured: it takes root, /dev/fuse and emulated drives, not DRIVESIM=${DRIVESIM:-}"
    exit 2
fi
[[ -z ${PHOTOS:-} || -d $PHOTOS ]] || die "PHOTOS=$PHOTOS is not a folder"
[[ -n ${PHOTOS:-} ]] || loudly "no PHOTOS: the photos of the fixtures are small, figures are not those of camera photos"
[[ " ${extra[*]} " != *" --quick "* ]] || loudly "quick: enough to try it, not to publish a figure"

# ---- places ------------------------------------------------------------------------------------------------

mkdir -p "${PEERS_DIR:=$repo/target/peers}"
cache=$(cd "$PEERS_DIR" && pwd)
mounts=$(mktemp -d "${TMPDIR:-/tmp}/jpegasus-drives.XXXXXX")
memory=/dev/shm
[[ -d $memory && -w $memory ]] || memory=$cache
scratch=$(mktemp -d "$memory/jpegasus-drives.XXXXXX")

# drives.py unmounts what it mounts; this is for when it was killed.
clean_up() {
    local folder
    for folder in "$mounts"/*; do
        ! mountpoint -q "$folder" || "$DRIVESIM" umount "$folder" --force >&2 || true
    done
    rmdir "$mounts"/* "$mounts" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- measuring ---------------------------------------------------------------------------------------------

find_jpegasus

worst=0
for row in "${rows[@]}"; do
    tools=()
    case $row in
        crop) by_cargo fd fd-find "$FD_VERSION" && by_apt --vipsthumbnail vipsthumbnail libvips-tools ;;
        truth) by_apt --fio fio fio ;;
    esac
    say "$row"
    code=0
    python3 -B "$here/drives.py" "$row" --jpegasus "$jpegasus" --drivesim "$DRIVESIM" --mounts "$mounts" \
        --scratch "$scratch" --results "$cache" --fixtures "$repo/fixtures/photos" ${PHOTOS:+--photos "$PHOTOS"} \
        --commit "$commit" "${tools[@]}" "${extra[@]}" || code=$?
    # 4: this jpegasus lacks what the row takes, which was told.
    case $code in
        0 | 4) ;;
        3) worst=3 ;;
        5) ((worst)) || worst=5 ;;
        *) exit "$code" ;;
    esac
done
exit "$worst"
