#!/bin/sh
# Prints the Python that the virtual environment is to be made with, or says in one sentence what is missing.

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

complete() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

refuse() {
    echo "$1" >&2
    exit 1
}

if [ -n "$PYTHON" ]; then
    fits "$PYTHON" || refuse "PYTHON=$PYTHON is not a Python 3.11 or newer: name another one, or leave it out and let the set-up look for one."
    complete "$PYTHON" || refuse "$PYTHON lacks its modules venv and ensurepip: install them (on Debian and Ubuntu the package python3-venv) and try again."
    echo "$PYTHON"
    exit 0
fi

# A distribution's own Python is built with what a profile says, one that was built on this machine mostly is not: with the latter
# everything takes half as long again. Where several would do, the distribution's is taken; PYTHON=… names another one.
own=/usr/bin/python3
if [ "$(command -v python3)" != "$own" ] && fits python3 && complete python3 && fits "$own" && complete "$own"; then
    echo "$own"
    exit 0
fi

incomplete=""
for candidate in python3 python3.13 python3.12 python3.14 python3.11 python; do
    if fits "$candidate"; then
        if complete "$candidate"; then
            echo "$candidate"
            exit 0
        fi
        incomplete="$candidate"
    fi
done

[ -z "$incomplete" ] || refuse "$incomplete lacks its modules venv and ensurepip: install them (on Debian and Ubuntu the package python3-venv) and try again."
refuse "No Python 3.11 or newer was found: install one, or name it, for instance make run PYTHON=/opt/python3.12/bin/python3."
