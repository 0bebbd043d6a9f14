#!/usr/bin/env bash
# Measures pq beside git and StGit on a queue that is made from any clone. docs/dev/benchmarks.md says what came out.
#
# docs/dev/bench.sh --clone DIR --base REV --from REV --pq BIN [--stg BIN] [--phases BIN] [--runs N] [--slow-runs N]
#                   [--tools LIST] [--work DIR] SECTION...
#
#   --clone   a clone with the history; it is only read
#   --base    the release that the queue stands on, --from the branch or tag whose commits become the queue
#   --phases  the program of benches/replay.rs; `cargo bench --bench replay --no-run` says where it is
#   --slow-runs  how often those run that need a worktree: git rebase, git am and stg; as often as the others by default
#   --tools   which to run, pq among them: pq dry replay rebase am stg; all by default
#   --work    where to put clones and worktrees; a temporary directory by default
#
# Sections, each with an optional list in quotes behind `=`:
#   carry="100 450"          N patches to three made bases, beside the others
#   growth="50 100 200"      the same by number of patches, pq and git replay only
#   range="v1 v2"            to real releases: dry run, and phases
#   tree="1000 10000"        20 patches on made trees of so many files, beside the others
#   push="100 450"           N patches pushed in a worktree, beside quilt and stg; from the last patch to the first
#   look                     pq init and pq status on the whole queue
#   memory                   peak memory of pq and git
#
# The others start from the same commits. Between two runs everything that a run wrote is taken away, and no run of one tool follows
# another of the same: the machine's mood hits all alike. "CPU" is user plus system time.
set -euo pipefail
export LC_ALL=C GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.org GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.org
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0 GIT_CONFIG_KEY_1=advice.detachedHead GIT_CONFIG_VALUE_1=false

clone='' base='' from='' pq='' stg='' phases='' runs=5 slow_runs='' tools='' work='' sections=()
while (($#)); do
    case $1 in
    --slow-runs) slow_runs=$2; shift 2 ;;
    --tools) tools=$2; shift 2 ;;
    --clone | --base | --from | --pq | --stg | --phases | --runs | --work) printf -v "${1#--}" %s "${2:?"$1 needs a value"}"; shift 2 ;;
    -*) echo "unknown option $1; see the head of $0" >&2; exit 2 ;;
    *) sections+=("$1"); shift ;;
    esac
done
[[ $clone && $base && $from && $pq && ${#sections[@]} -gt 0 ]] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
for program in pq stg phases; do [[ -z ${!program} ]] || printf -v "$program" %s "$(realpath "${!program}")"; done
[[ $work ]] || { work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; }
mkdir -p "$work" && work=$(realpath "$work")
main=$work/main.git # shares the objects of --clone; everything that is made for the measurement is added here

note() { echo "bench: $*" >&2; }

# --- time -------------------------------------------------------------------------------------------------------------------------------

# Runs a command once. Sets `code`, and `took` to "wall cpu" in milliseconds.
timed() {
    local TIMEFORMAT='%R %U %S'
    code=0
    { time "$@" >"$work/out" 2>"$work/err"; } 2>"$work/time" || code=$?
    took=$(awk '{ printf "%.0f %.0f", $1 * 1000, ($2 + $3) * 1000 }' "$work/time")
}

# median COLUMN < lines of numbers
median() { sort -n -k"$1,$1" | awk -v c="$1" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b == 0) print "-"; else { r = a / b; printf (r < 10 ? "%.1f" : "%.0f"), r } }'; }

# --- queues and bases ----------------------------------------------------------------------------------------------------------------------

# The series of a queue, one name a line.
series() { sed -n '/^series = \[/,/^\]/s/^ *"\(.*\)",\{0,1\}$/\1/p' "$1/pq.toml"; }

# share FROM TO: a bare clone that takes FROM's objects from where they are.
share() { git clone -q --shared --bare "$1" "$2"; }

# The queue of the whole branch. pq's commits are the ones that everybody carries: they are in a row, without merges.
setup() {
    [[ -d $main ]] && return
    share "$clone" "$main"
    "$pq" -q init "$work/all" --upstream "$main" --base "$base" --from "$from" --branch bench-all >/dev/null
    base_commit=$(git -C "$main" rev-parse "$base^{commit}")
    git -C "$main" rev-list --reverse "$base_commit..bench-all" >"$work/commits"
    note "$(wc -l <"$work/commits") patches on $base"
}

# first N: the commit of the N-th patch, or of the last.
first() { head -n "$1" "$work/commits" | tail -n 1; }

# commit_with BASE < lines of update-index --index-info: the commit that has them on top of BASE.
commit_with() {
    export GIT_INDEX_FILE=$work/index GIT_DIR=$main
    git read-tree "$1" && git update-index --index-info
    GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' git commit-tree "$(git write-tree)" -p "$1" -m 'Upstream goes on'
    unset GIT_INDEX_FILE GIT_DIR
}

# touched BASE TIP: the text files of BASE that the queue touches, as they would be with one more line on top.
touched() {
    git -C "$main" log --format= --name-only "$1..$2" | sort -u | grep -v '^"' >"$work/names"
    git -C "$main" ls-tree -r "$1" | awk -F'\t' 'NR == FNR { is[$0] = 1; next } is[$2] && $1 ~ /^100/ { print substr($1, 1, 6) "\t" $2 }' \
        "$work/names" - >"$work/modes"
    cut -f2 "$work/modes" | tr '\n' '\0' | (cd "$main" && xargs -0 git grep -I -l -e '' "$1" --) | sed "s/^$1://" >"$work/text"
    while IFS=$'\t' read -r mode path; do
        new=$({ echo 'a line of upstream'; git -C "$main" cat-file blob "$1:$path"; } | git -C "$main" hash-object -w --stdin)
        printf '%s %s\t%s\n' "$mode" "$new" "$path"
    done < <(awk -F'\t' 'NR == FNR { is[$0] = 1; next } is[$2]' "$work/text" "$work/modes")
}

# make_bases DIR BASE TIP QUEUE: DIR/unrelated, DIR/half, DIR/all hold the commits of three new bases. A file in which the new line makes
# a patch conflict is left out, until none does.
make_bases() {
    local dir=$1 at=$2 round conflicts
    touched "$at" "$3" >"$dir/files"
    for round in {1..20}; do
        commit_with "$at" <"$dir/files" >"$dir/all"
        "$pq" --queue "$4" rebase "$(<"$dir/all")" --dry-run --format json >"$work/report" || true
        conflicts=$(sed -n 's/^ *"path": "\(.*\)",\{0,1\}$/\1/p' "$work/report" | sort -u)
        [[ $conflicts ]] || break
        awk -F'\t' 'NR == FNR { is[$0] = 1; next } !is[$2]' <(echo "$conflicts") "$dir/files" >"$dir/files.new"
        mv "$dir/files.new" "$dir/files"
    done
    awk 'NR % 2' "$dir/files" | commit_with "$at" >"$dir/half"
    local blob
    blob=$(echo unrelated | git -C "$main" hash-object -w --stdin)
    printf '100644 %s\tunrelated-to-the-queue\n' "$blob" | commit_with "$at" >"$dir/unrelated"
    note "$(wc -l <"$dir/files") files of $(wc -l <"$work/names") get a line, after $round rounds"
}

# prepare DIR BASE TIP: a queue with its clone in DIR/pq.
prepare() {
    [[ -d $1/pq.start ]] && return
    mkdir -p "$1/pq"
    git -C "$main" branch -q -f bench-tip "$3"
    share "$main" "$1/pq/clone.git"
    "$pq" -q init "$1/pq/queue" --upstream "$1/pq/clone.git" --base "$2" --from "$3" --branch carried >/dev/null
    cp -a "$1/pq" "$1/pq.start"
}

# --- the tools ----------------------------------------------------------------------------------------------------------------------------

# worktree DIR TOOL COMMIT
worktree() {
    git clone -q --shared --no-checkout "$main" "$1/$2"
    git -C "$1/$2" checkout -q -B work "$3"
}

# enlist DIR BASE TIP ONTO TOOL...: makes what each tool starts from. Only git am's depends on ONTO.
enlist() {
    local dir=$1 tool
    rm -rf "${dir:?}/am.start"
    for tool in "${@:5}"; do
        [[ $tool != dry && ! -d $dir/$tool.start ]] || continue
        case $tool in
        replay) share "$main" "$dir/replay" && git -C "$dir/replay" branch -f work "$3" && cp -a "$dir/replay" "$dir/replay.start" && continue ;;
        am) [[ -d $dir/am ]] || worktree "$dir" am "$4"; restore_tree "$dir/am" "$4" ;;
        rebase) worktree "$dir" rebase "$3" ;;
        stg) worktree "$dir" stg "$3" && (cd "$dir/stg" && "$stg" init && "$stg" uncommit --exclusive --to "$2") >/dev/null 2>&1 ;;
        esac
        cp -a "$dir/$tool/.git" "$dir/$tool.start"
    done
}

restore_tree() { git -C "$1" reset -q --hard ${2+"$2"} && git -C "$1" clean -q -f -d; }

# restore DIR TOOL: as if it had never run.
restore() {
    case $2 in
    pq | dry) rm -rf "$1/pq" && cp -a "$1/pq.start" "$1/pq" ;;
    replay) rm -rf "$1/replay" && cp -a "$1/replay.start" "$1/replay" ;;
    *) rm -rf "$1/$2/.git" && cp -a "$1/$2.start" "$1/$2/.git" && restore_tree "$1/$2" ;;
    esac
}

# carry TOOL DIR BASE ONTO
carry() {
    local dir=$2
    case $1 in
    pq) timed "$pq" --queue "$dir/pq/queue" -q rebase "$4" ;;
    dry) timed "$pq" --queue "$dir/pq/queue" -q rebase "$4" --dry-run ;;
    replay) timed git -C "$dir/replay" replay --onto "$4" "$3..work" ;;
    rebase) timed git -C "$dir/rebase" rebase -q --onto "$4" "$3" ;;
    am) series "$dir/pq/queue" | sed "s|.*|$dir/pq.start/queue/patches/&.patch|" >"$work/list"
        timed xargs -a "$work/list" -x -d '\n' git -C "$dir/am" am -q -3 ;;
    stg) timed "$stg" -C "$dir/stg" rebase "$4" ;;
    esac
}

# tree_of TOOL DIR: of what it made.
tree_of() {
    case $1 in
    pq) git -C "$2/pq/clone.git" rev-parse 'carried^{tree}' ;;
    dry) ;;
    replay) git -C "$2/replay" rev-parse "$(awk '{ print $3 }' "$work/out")^{tree}" ;;
    *) git -C "$2/$1" rev-parse 'HEAD^{tree}' ;;
    esac
}

label() {
    case $1 in
    pq) echo '`pq rebase`' ;;
    dry) echo '`pq rebase --dry-run`' ;;
    replay) echo '`git replay`' ;;
    rebase) echo '`git rebase`' ;;
    am) echo '`git am -3`' ;;
    stg) echo '`stg rebase`' ;;
    esac
}

# compare DIR BASE TIP ONTO TOOL...: the rows of a table.
compare() {
    local dir=$1 list=("${@:5}") tool run pq_wall pq_cpu wall cpu result
    enlist "$@"
    rm -f "$dir"/samples.* "$dir"/result.*
    for ((run = 1; run <= runs; run++)); do
        for tool in "${list[@]}"; do
            [[ $tool == pq || $tool == dry || $tool == replay || $run -le ${slow_runs:-$runs} ]] || continue
            restore "$dir" "$tool"
            carry "$tool" "$dir" "$2" "$4"
            echo "$took" >>"$dir/samples.$tool"
            if ((code)); then echo stops >"$dir/result.$tool"; cp "$work/err" "$dir/err.$tool"; else tree_of "$tool" "$dir" >"$dir/result.$tool"; fi
        done
    done
    pq_wall=$(median 1 <"$dir/samples.pq") pq_cpu=$(median 2 <"$dir/samples.pq")
    for tool in "${list[@]}"; do
        wall=$(median 1 <"$dir/samples.$tool") cpu=$(median 2 <"$dir/samples.$tool")
        case $(<"$dir/result.$tool") in
        '') result= ;;
        stops) result=stops ;;
        "$(<"$dir/result.pq")") result='same tree' ;;
        *) result='another tree' ;;
        esac
        echo "| $(label "$tool") | $wall | $(ratio "$wall" "$pq_wall") | $cpu | $(ratio "$cpu" "$pq_cpu") | $result |"
    done
}

everybody() { echo "${tools:-pq dry replay rebase am ${stg:+stg}}"; }

head_of_comparison() { printf '| | wall, ms | to pq | CPU, ms | to pq | result |\n|---|--:|--:|--:|--:|---|\n'; }

# phases_of QUEUE ONTO: "open .. materialize .. range .. evidence .. replay .. texts ..", or nothing without --phases.
phases_of() { [[ -z $phases ]] || PQ_BENCH_QUEUE=$1 PQ_BENCH_ONTO=$2 PQ_BENCH_RUNS=$runs "$phases" --bench; }

show_phases() { [[ -z $phases ]] || printf '\n%s: %s\n' "$1" "$(phases_of "$2" "$3")"; }

# --- sections -----------------------------------------------------------------------------------------------------------------------------

section_carry() {
    local n dir kind
    for n in $1; do
        dir=$work/n$n tip=$(first "$n") && prepare "$dir" "$base_commit" "$tip"
        [[ -s $dir/unrelated ]] || make_bases "$dir" "$base_commit" "$tip" "$dir/pq/queue"
        for kind in unrelated half all; do
            printf '\n#### %s patches, new base: %s\n\n' "$(series "$dir/pq/queue" | wc -l)" "$kind"
            head_of_comparison
            # shellcheck disable=SC2046
            compare "$dir" "$base_commit" "$tip" "$(<"$dir/$kind")" $(everybody)
            show_phases 'phases, ms' "$dir/pq.start/queue" "$(<"$dir/$kind")"
        done
    done
}

section_growth() {
    local n dir onto whole=$work/whole
    prepare "$whole" "$base_commit" "$(first 1000000)"
    [[ -s $whole/half ]] || make_bases "$whole" "$base_commit" "$(first 1000000)" "$whole/pq/queue"
    onto=$(<"$whole/half")
    for n in $1; do
        dir=$work/n$n && prepare "$dir" "$base_commit" "$(first "$n")"
        printf '\n#### %s patches\n\n' "$(series "$dir/pq/queue" | wc -l)"
        head_of_comparison
        compare "$dir" "$base_commit" "$(first "$n")" "$onto" pq dry replay
        show_phases 'phases, ms' "$dir/pq.start/queue" "$onto"
        restore "$dir" pq && forget "$dir/pq"
        runs=1 show_phases 'phases when nothing is remembered, ms' "$dir/pq/queue" "$onto"
    done
}

# forget DIR: removes what pq remembers of the queue's commits.
forget() { find "$1/clone.git/pq" -name 'materialized-*' -delete; }

# ten patches that add a file each: upstream has nothing of them
own_patches() {
    local tip=$base_commit n blob
    for n in {1..10}; do
        blob=$(echo "ours $n" | git -C "$main" hash-object -w --stdin)
        tip=$(printf '100644 %s\town/%s\n' "$blob" "$n" | commit_with "$tip")
    done
    echo "$tip"
}

section_range() {
    local onto queue size run
    prepare "$work/n450" "$base_commit" "$(first 450)"
    prepare "$work/own" "$base_commit" "$(own_patches)"
    printf '\n| to | commits | patches | wall, ms | CPU, ms | what became of them | phases, ms |\n|---|--:|--:|--:|--:|---|---|\n'
    for onto in $1; do
        size=$(git -C "$main" rev-list --count "$base_commit..$onto")
        for queue in own n450; do
            rm -f "$work/samples"
            for ((run = 1; run <= runs; run++)); do
                timed "$pq" --queue "$work/$queue/pq/queue" --format json rebase "$onto" --dry-run
                echo "$took" >>"$work/samples"
            done
            echo "| $onto | $size | $(series "$work/$queue/pq/queue" | wc -l) | $(median 1 <"$work/samples") | $(median 2 <"$work/samples") |" \
                "$(summary <"$work/out") | $(phases_of "$work/$queue/pq/queue" "$onto") |"
        done
    done
}

# The outcomes that are not zero, of a report in JSON.
summary() {
    sed -n '/^  "summary"/,/^  }/s/^ *"\([a-z]*\)": \([0-9]*\),\{0,1\}$/\2 \1/p' | grep -v -e '^0 ' -e ' total$' | paste -sd, | sed 's/,/, /g'
}

# made_tree FILES: a repository with so many files of 40 lines in folders of 100, twenty commits that each change one, and a new base that
# adds a line on top of them.
made_tree() {
    local files=$1
    git init -q --bare "$work/made-$files.git"
    awk -v files="$files" '
        function text(n, top, changed,   l, s) {
            s = top
            for (l = 1; l <= 40; l++) s = s "line " l " of file " n (changed && l == 20 ? ", ours" : "") "\n"
            return s
        }
        function put(n, s) { printf "M 100644 inline %03d/%03d.txt\ndata %d\n%s\n", n / 100, n % 100, length(s), s }
        function commit(ref, from, mark) {
            printf "commit %s\nmark :%d\nauthor b <b@example.org> %d +0000\ncommitter b <b@example.org> %d +0000\ndata 6\nchange\n", ref, mark, 1700000000 + mark, 1700000000 + mark
            if (from) printf "from :%d\n", from
        }
        BEGIN {
            commit("refs/tags/base", 0, 1)
            for (n = 0; n < files; n++) put(n, text(n, "", 0))
            commit("refs/heads/new", 1, 2)
            for (n = 0; n < 20; n++) put(n * int(files / 20), text(n * int(files / 20), "a line of upstream\n", 0))
            for (n = 0; n < 20; n++) {
                commit("refs/heads/fork", n ? n + 2 : 1, n + 3)
                put(n * int(files / 20), text(n * int(files / 20), "", 1))
            }
        }' | git -C "$work/made-$files.git" fast-import --quiet
}

section_tree() {
    local files dir main=$main
    for files in $1; do
        dir=$work/tree-$files main=$work/made-$files.git
        [[ -d $main ]] || made_tree "$files"
        prepare "$dir" "$(git -C "$main" rev-parse base)" "$(git -C "$main" rev-parse fork)"
        printf '\n#### 20 patches, a tree of %s files\n\n' "$files"
        head_of_comparison
        # shellcheck disable=SC2046
        compare "$dir" "$(git -C "$main" rev-parse base)" "$(git -C "$main" rev-parse fork)" "$(git -C "$main" rev-parse new)" $(everybody)
        rm -rf "${dir:?}"/{rebase,am,stg}{,.start}
    done
}

# The patches in a worktree, one tool in one directory: $dir/push/{pq,quilt,stg}.
arrange() {
    local dir=$1 tip=$2
    [[ ! -d $dir/push ]] || return 0
    mkdir -p "$dir/push"
    git -C "$dir/pq/clone.git" worktree add -q "$dir/push/pq" carried
    "$pq" -q --queue "$dir/pq/queue" export quilt "$dir/push/patches" --skip-unsupported >/dev/null
    worktree "$dir/push" quilt "$base_commit"
    [[ -z $stg ]] || { worktree "$dir/push" stg "$tip" && (cd "$dir/push/stg" && "$stg" init && "$stg" uncommit --exclusive --to "$base_commit") >/dev/null 2>&1; }
}

# lower TOOL DIR: nothing is applied.
lower() {
    case $1 in
    pq) "$pq" -q --queue "$2/pq/queue" pop -a --worktree "$2/push/pq" ;;
    quilt) rm -rf "$2/push/quilt/.pc" && restore_tree "$2/push/quilt" ;;
    stg) "$stg" -C "$2/push/stg" pop -a ;;
    esac >/dev/null 2>&1
}

raise() {
    case $1 in
    pq) timed "$pq" -q --queue "$2/pq/queue" push -a --worktree "$2/push/pq" ;;
    quilt) timed env -C "$2/push/quilt" QUILT_PATCHES="$2/push/patches" QUILT_NO_DIFF_INDEX=1 quilt push -aq ;;
    stg) timed "$stg" -C "$2/push/stg" push -a ;;
    esac
}

# The tree that the files of a worktree make.
files_of() { rm -rf "$1/.pc" && git -C "$1" add -A && git -C "$1" write-tree; }

section_push() {
    local n dir tool run tip
    for n in $1; do
        dir=$work/n$n tip=$(first "$n") && prepare "$dir" "$base_commit" "$tip" && restore "$dir" pq
        rm -rf "${dir:?}/push" && arrange "$dir" "$tip"
        rm -f "$dir"/samples.* "$dir"/result.*
        for ((run = 1; run <= runs; run++)); do
            for tool in pq quilt ${stg:+stg}; do
                lower "$tool" "$dir" && raise "$tool" "$dir" && echo "$took" >>"$dir/samples.$tool"
                git -C "$dir/push/$tool" status --porcelain >/dev/null
            done
            timed "$pq" -q --queue "$dir/pq/queue" goto 1 --worktree "$dir/push/pq" && echo "$took" >>"$dir/samples.goto"
        done
        "$pq" -q --queue "$dir/pq/queue" push -a --worktree "$dir/push/pq" >/dev/null
        printf '\n#### %s patches\n\n' "$(series "$dir/pq/queue" | wc -l)"
        head_of_comparison
        for tool in pq quilt ${stg:+stg}; do
            echo "| \`$tool push -a\` | $(median 1 <"$dir/samples.$tool") | $(ratio "$(median 1 <"$dir/samples.$tool")" "$(median 1 <"$dir/samples.pq")")" \
                "| $(median 2 <"$dir/samples.$tool") | $(ratio "$(median 2 <"$dir/samples.$tool")" "$(median 2 <"$dir/samples.pq")") | $(files_of "$dir/push/$tool") |"
        done
        echo "| \`pq goto\`, last to first | $(median 1 <"$dir/samples.goto") | | $(median 2 <"$dir/samples.goto") | | |"
    done
}

# often TEXT COMMAND...: a row with medians.
often() {
    local run text=$1
    shift
    rm -f "$work/samples"
    for ((run = 1; run <= runs; run++)); do
        "${before:-true}"
        timed "$@"
        echo "$took" >>"$work/samples"
    done
    echo "| $text | $(median 1 <"$work/samples") | $(median 2 <"$work/samples") |"
}

no_queue() { rm -rf "$work/look"; share "$main" "$work/look.git" 2>/dev/null || true; }

section_look() {
    local whole=$work/whole
    prepare "$whole" "$base_commit" "$(first 1000000)"
    restore "$whole" pq
    printf '\n%s patches\n\n| | wall, ms | CPU, ms |\n|---|--:|--:|\n' "$(series "$whole/pq/queue" | wc -l)"
    local before=no_queue
    often '`pq init --from`' "$pq" -q init "$work/look" --upstream "$work/look.git" --base "$base_commit" --from "$(first 1000000)"
    before=true
    often '`pq status`' "$pq" --queue "$whole/pq/queue" status
    often '`pq series`' "$pq" --queue "$whole/pq/queue" series
    often '`pq graph`' "$pq" --queue "$whole/pq/queue" graph
    often '`pq verify`' "$pq" --queue "$whole/pq/queue" verify
}

# peak COMMAND...: the greatest resident set, in MiB.
peak() { /usr/bin/time -o "$work/time" -f %M "$@" >"$work/out" 2>"$work/err" || true; tail -n 1 "$work/time" | awk '{ printf "%.0f", $1 / 1024 }'; }

section_memory() {
    local dir=$work/n450 whole=$work/whole tip onto
    tip=$(first 450) && prepare "$dir" "$base_commit" "$tip" && prepare "$whole" "$base_commit" "$(first 1000000)"
    [[ -s $whole/half ]] || make_bases "$whole" "$base_commit" "$(first 1000000)" "$whole/pq/queue"
    onto=$(<"$whole/half")
    enlist "$dir" "$base_commit" "$tip" "$onto" replay rebase
    for tool in pq replay rebase; do restore "$dir" "$tool"; done
    no_queue
    printf '\n| | peak, MiB |\n|---|--:|\n'
    echo "| \`pq init\`, the whole queue | $(peak "$pq" -q init "$work/look" --upstream "$work/look.git" --base "$base_commit" --from "$(first 1000000)") |"
    echo "| \`pq status\`, the whole queue | $(peak "$pq" --queue "$whole/pq/queue" status) |"
    echo "| \`pq rebase\`, the whole queue | $(peak "$pq" --queue "$whole/pq/queue" rebase "$onto") |"
    echo "| \`pq rebase\`, 450 | $(peak "$pq" --queue "$dir/pq/queue" rebase "$onto") |"
    echo "| \`git replay\`, 450 | $(peak git -C "$dir/replay" replay --onto "$onto" "$base_commit..work") |"
    echo "| \`git rebase\`, 450 | $(peak git -C "$dir/rebase" rebase -q --onto "$onto" "$base_commit") |"
    restore "$whole" pq
}

setup
base_commit=$(git -C "$main" rev-parse "$base^{commit}")
echo "$("$pq" --version), $(git version)${stg:+, $("$stg" --version | sed -n 1p)}; medians of $runs runs${slow_runs:+, $slow_runs in a worktree}; load $(cut -d' ' -f1-3 /proc/loadavg)"
for section in "${sections[@]}"; do
    name=${section%%=*} list=
    [[ $section == *=* ]] && list=${section#*=}
    printf '\n### %s\n' "$name"
    "section_$name" "${list:-100}"
done
echo
echo "load $(cut -d' ' -f1-3 /proc/loadavg)"
