# Sourced by the scripts that run real programs against the binary under test: starts it on a port of
# the system's choice, stops it by its process id at the end, and installs what the programs need
# under target/. Several may run at once; they are stopped together. Builds the binary as the tests do, so that nothing is compiled after them.
# BINARY_UNDER_TEST names another one, such as a release build.

# A registry that stops in the middle is asked again soon, not after five minutes.
export npm_config_fetch_timeout=60000 npm_config_fetch_retries=5

readonly START_TIMEOUT_SECONDS=10
readonly NODE_MAJOR_AT_LEAST=20

readonly target="${CARGO_TARGET_DIR:-$PWD/target}"
readonly binary="${BINARY_UNDER_TEST:-$target/debug/webex-mcp}"
work=$(mktemp -d)
servers=()
url=

stop_servers() {
  local one
  for one in "${servers[@]}"; do kill "$one" 2>/dev/null || true; done
  for one in "${servers[@]}"; do wait "$one" 2>/dev/null || true; done
  servers=()
  # Emptied here: an address of a server before may still be in one when the first look comes.
  rm -f "$work"/server-*.log
}

stop() {
  stop_servers
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_server PATTERN ARGUMENT...: starts the binary with these arguments, as below.
start_server() { start_program "$1" "$binary" "${@:2}"; }

# start_program PATTERN PROGRAM ARGUMENT...: starts it and waits until it prints an address of this
# pattern, which is then in $url. What it says is in a file of its own in $work.
start_program() {
  local pattern=$1 log="$work/server-${#servers[@]}.log"
  shift
  WEBEX_MCP_DATA_DIR="$work/data" "$@" </dev/null >"$log" 2>&1 &
  servers+=($!)
  local deadline=$((SECONDS + START_TIMEOUT_SECONDS))
  while ((SECONDS < deadline)); do
    url=$(grep -soEm1 "$pattern" "$log" || true)
    if [[ -n $url ]]; then return; fi
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.05
  done
  echo "The server did not start; it said:" >&2
  cat "$log" >&2
  exit 1
}

show_end_of_log() {
  echo "The servers said at the end:" >&2
  tail -n 20 "$work"/server-*.log >&2
}

# Whether what is installed in a folder is what these files ask for.
is_fresh() {
  local folder=$1
  shift
  [[ -f $folder/.installed ]] && cat "$@" | cmp -s - "$folder/.installed"
}

# install_python FOLDER REQUIREMENTS: a virtual environment with pinned packages.
install_python() {
  local folder=$1 wanted=$2
  is_fresh "$folder" "$wanted" && return
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --timeout 30 --retries 5 --requirement "$wanted"
  cp "$wanted" "$folder/.installed"
}

# install_npm FOLDER: the pinned packages beside the script that imports them, where Node looks.
install_npm() {
  local folder=$1
  is_fresh "$folder/node_modules" "$folder/package-lock.json" && return
  npm ci --prefer-offline --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}

# find_node [MAJOR]: prints the path of a Node of this version or a later one: the machine's, else one
# that npm installs.
find_node() {
  local least=${1:-$NODE_MAJOR_AT_LEAST}
  local installed="$target/node/node_modules/.bin/node"
  if node -e "process.exit(parseInt(process.versions.node) >= $least ? 0 : 1)" 2>/dev/null; then
    command -v node
    return
  fi
  if [[ ! -x $installed ]]; then
    mkdir -p "$target/node"
    npm install --prefer-offline --prefix "$target/node" --no-audit --no-fund --loglevel=error node@22 >&2
  fi
  echo "$installed"
}

if [[ -z ${BINARY_UNDER_TEST:-} ]]; then
  # The whole workspace with its examples: a part of it has dependencies with other features, which
  # would be compiled once more.
  cargo build --locked --quiet --workspace --bins --examples
fi
if [[ ! -x $binary ]]; then
  echo "There is no $binary." >&2
  exit 1
fi
