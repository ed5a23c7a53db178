#!/bin/sh
# Make the virtual environment hold what one task needs: sh tools/bootstrap.sh book|test|lab|bench
#
# Needs Python 3.11 or newer with its venv module, and the network the first time. A stamp made of the files that
# decide what is installed says whether there is anything to do, so that the second call takes no time.
set -eu
task=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
venv=${VENV:-.venv}

stop() {
    printf '\n%s\n' "$1" >&2
    exit 1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" || stop "PYTHON is set to '$PYTHON', which is not a command on this machine."
        return
    fi
    oldest=""
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1; then
            if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
                command -v "$name"
                return
            fi
            oldest="$name is $("$name" --version 2>&1 || true)"
        fi
    done
    [ -z "$oldest" ] || stop "Python 3.11 or newer is needed, and $oldest. Install a newer one, or say where it is: make $task PYTHON=/path/to/python3.12"
    stop "No Python was found. Install Python 3.11 or newer (on Debian and Ubuntu: apt install python3 python3-venv), or say where it is: make $task PYTHON=/path/to/python3"
}

python=$(find_python) || exit 1
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "Python 3.11 or newer is needed; $python is $("$python" --version 2>&1)."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    stop "$python has no venv module. On Debian and Ubuntu: apt install python3-venv; elsewhere reinstall Python with ensurepip."

stamp="$venv/.installed-$task"
wanted="$root $("$python" --version 2>&1) $(cat pyproject.toml constraints.txt | cksum)"
works() { "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && works && exit 0

# One that was broken off, or made by an older Python, is made anew.
works || "$python" -m venv --clear "$venv" ||
    stop "The virtual environment $venv could not be made. Is $root a folder that you may write to? If so, remove $venv and try again."

printf 'Installing what "make %s" needs into %s ...\n' "$task" "$venv"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e ".[$task]"; then
    stop "The installation failed (pip's message stands above). Without a network nothing can be installed: connect this machine, or set PIP_INDEX_URL or PIP_FIND_LINKS to where the packages are. Then run the same command again: what is already installed stays."
fi
# pip would make the bytecode with one processor; this takes all there are. What is no Python is somebody's template.
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
printf '%s' "$wanted" > "$stamp"
