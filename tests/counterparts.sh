# What `interop/run` and `receivers/run` share: they install programs that others wrote into a folder. To be sourced
# with `folder` set, in the folder that the names of files are relative to.
#
# Without a package registry there is nothing to test against: that is said and skipped, but in CI it is a failure.

this=$(basename "$PWD")

without() {
    if [ -n "${CI:-}" ]; then
        echo "$this: $*" >&2
        exit 1
    fi
    echo "$this: skipped: $*" >&2
    exit 0
}

# Installs what the file $2 asks for by the command that follows, unless it is there: $1 is its folder.
install() {
    local at=$1 asked=$2
    shift 2
    if ! cmp --silent "$asked" "$at/installed"; then
        rm -rf "$at"
        mkdir -p "$at"
        "$@" >"$folder/install.log" 2>&1 || {
            tail -5 "$folder/install.log" >&2
            without "what tests/$this/$asked names could not be installed"
        }
        cp "$asked" "$at/installed"
    fi
}

# The packages for Python that the file $2 lists, in an environment of their own at $1.
python_packages() {
    command -v python3 >/dev/null || without "there is no python3"
    install "$1" "$2" timeout 300 bash -ec '
        python3 -m venv "$1"
        "$1/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 15 --requirement "$2"
    ' packages "$1" "$2"
}

# The packages for Node that the file $2 lists, at $1.
node_packages() {
    command -v npm >/dev/null || without "there is no npm"
    install "$1" "$2" timeout 300 bash -ec '
        cp "$2" "$1/package.json"
        npm install --prefix "$1" --no-package-lock --ignore-scripts --no-audit --no-fund --fetch-retries 1
    ' packages "$1" "$2"
}
