#!/bin/sh
# deploy/setup.sh REQUIREMENTS: creates ./.venv and installs REQUIREMENTS into it.
# A copy of REQUIREMENTS in .venv records what is installed, so a second call does nothing. A set-up that was killed
# leaves its mark file behind, and the next one starts from scratch. Any failure is one line and exit code 1.
set -u

venv=.venv
mark=$venv/setup-running
requirements=$1
installed=$venv/installed-$requirements

fail() {
    echo "error: $1" >&2
    exit 1
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if recent_enough "$name"; then
            python=$name
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no ${PYTHON:-python3}"
    fail "Reelkin needs Python 3.11 or newer and found $found: install one (Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3.11"
}

refuse_while_another_runs() {
    other=$(cat "$mark" 2>/dev/null) || return 0
    if [ -n "$other" ] && kill -0 "$other" 2>/dev/null; then
        fail "another set-up is running (process $other): wait for it, or remove $mark if that process is another program"
    fi
}

usable() {
    [ ! -e "$mark" ] && recent_enough "$venv/bin/python" && "$venv/bin/python" -c 'import pip' >/dev/null 2>&1
}

# explain WHAT OUTPUT: fails with one line that says why the command failed, taken from its output.
explain() {
    case $2 in
        *"No space left"* | *"Disk quota"*)
            fail "$1 failed: the disk is full; Reelkin's packages need about 1.2 GB, so free some space and run make again" ;;
        *"Read-only file system"* | *"Permission denied"*)
            fail "$1 failed: $(pwd)/$venv cannot be written; change its permissions, or use another folder" ;;
        *"Failed to establish a new connection"* | *"name resolution"* | *"timed out"* | *ProxyError* | *SSLError* | \
            *"Connection reset"* | *"Connection broken"* | *"Network is unreachable"* | *"Connection aborted"*)
            rm -f "$mark" # pip downloads before it installs, so nothing is half installed
            fail "$1 failed: the package index cannot be reached; check the network (or pip's proxy and index settings) and run make again" ;;
        *)
            last=$(printf '%s\n' "$2" | grep -i error | tail -n 1)
            fail "$1 failed: ${last:-$(printf '%s\n' "$2" | tail -n 1)}" ;;
    esac
}

make_venv() {
    find_python
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        fail "$python has no venv module: install it (Debian: apt-get install python3-venv) and run make again"
    echo "creating $venv with $("$python" --version)"
    rm -rf "$venv"
    { mkdir "$venv" && echo $$ >"$mark"; } 2>/dev/null ||
        fail "$(pwd)/$venv cannot be written: free some disk space, or use another folder"
    output=$("$python" -m venv "$venv" 2>&1) || explain "creating $venv" "$output"
}

install() {
    echo "installing $requirements into $venv (the first time takes a few minutes)"
    output=$("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 2 \
        --requirement "$requirements" 2>&1) || explain "installing $requirements" "$output"
    cp "$requirements" "$installed" || fail "$installed cannot be written: free some disk space"
    rm -f "$mark"
}

[ -r "$requirements" ] || fail "there is no $requirements here: run make in Reelkin's folder"
refuse_while_another_runs
usable || make_venv
if ! cmp -s "$requirements" "$installed"; then
    echo $$ >"$mark" || fail "$(pwd)/$venv cannot be written: change its permissions"
    install
fi
