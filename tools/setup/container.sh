# The way through a container: an image with the course's packages (the stage `lab` of the
# Dockerfile), one container for this folder, and commands that go into it. The container is there
# while a command of ours is in it, or what `./lab up -d` has left running.
# shellcheck shell=bash

image=lab-tools
container=lab-$(printf '%s' "$LAB_ROOT" | cksum | cut -d ' ' -f 1)
seen_at=/course              # where the container sees this folder
visitors=$LAB_HOME/container # a file for each ./lab that is in it, named after its process
because=''                   # why a command goes this way; choose_way says it

# ---- The engine ---------------------------------------------------------------------------------

# Fills $engine_words with the engine's version, or with why there is none.
engine_answers() {
  engine_words=
  command -v docker >/dev/null 2>&1 || return 1
  engine_words=$(docker version --format '{{.Server.Version}}' 2>&1)
}

# Adds to $mend what would bring an engine.
mend_engine() {
  if engine_answers; then
    mend+=("Or go through a container: ./lab --container ...")
  elif [ -z "$engine_words" ]; then
    mend+=("Or install Docker, and ./lab works in a container:"
      "  https://docs.docker.com/engine/install/")
  else
    case $engine_words in
      *'permission denied'*)
        mend+=("Or be let in by the Docker engine that is here: run this, log out and in again:"
          "  sudo usermod -aG docker $(id -un)")
        ;;
      *)
        mend+=("Or start the Docker engine that belongs to the docker here. Asked, it said:"
          "  $(printf '%s\n' "$engine_words" | tail -n 1)")
        ;;
    esac
  fi
}

# Whether the engine's network is this machine's own, and its user ids too. It is neither in the
# virtual machine of Docker Desktop or Colima, nor when Docker runs without root.
engine_is_here() {
  if [ -z "${engine_place:-}" ]; then
    engine_place=elsewhere
    case $(docker info --format '{{.Name}} {{.SecurityOptions}}' 2>/dev/null) in
      *rootless* | *userns*) ;;
      "$(uname -n) "*) engine_place=here ;;
    esac
  fi
  [ "$engine_place" = here ]
}

# ---- The image ----------------------------------------------------------------------------------

read_image() { # fills $image_made_of and $image_sets from its labels; false when there is none
  local labels
  image_made_of='' image_sets=''
  labels=$(docker image inspect \
    --format '{{index .Config.Labels "lab.made-of"}} {{index .Config.Labels "lab.sets"}}' \
    "$image" 2>/dev/null) || return 1
  image_made_of=${labels%% *} image_sets=${labels#* }
}

build_image() { # build_image SET...
  local more=() variable
  [ $# -eq 0 ] || more=(--build-arg "MORE=$*")
  for variable in http_proxy https_proxy no_proxy; do
    [ -z "${!variable:-}" ] || more+=(--build-arg "$variable")
  done
  # The network of this machine, where the engine is here, is the one that is known to work.
  ! engine_is_here || more+=(--network host)
  docker build --target lab --label "lab.made-of=$made_of" --label "lab.sets=$*" \
    ${more[@]+"${more[@]}"} --tag "$image" "$LAB_ROOT"
}

# Builds the image when there is none, when what it is made of has changed, or when it lacks a set.
ensure_image() { # ensure_image SET...
  local made_of set lacks=
  made_of=$(cd "$LAB_ROOT/tools/setup" &&
    checksum ../../Dockerfile image.sh say.sh packages.sh packages.txt)
  read_image
  for set in "$@"; do
    case " book build exercise $image_sets $lacks " in *" $set "*) ;; *) lacks="$lacks $set" ;; esac
  done
  [ "$image_made_of" = "$made_of" ] && [ -z "$lacks" ] && return 0
  say "The packages go into a Docker image, $image: 1 GB on disk, more for some of the tests."
  say "  ($because)"
  ask "Build it?" || fail "nothing was installed." "Run the command again when it suits you."
  # shellcheck disable=SC2086  # lists of names
  step "Building the image $image" build_image $image_sets $lacks ||
    fail "the image could not be built." \
      "If the network was away: run the command again when it is there." \
      "To see everything that was said: $LAB_HOME/log/setup.log"
}

# ---- The container ------------------------------------------------------------------------------

container_runs() { # asks the engine only when this folder has used it
  [ -d "$visitors" ] &&
    [ "$(docker container inspect --format '{{.State.Running}}' "$container" 2>/dev/null)" = true ]
}

# Whether another ./lab is in the container, or it goes on after one that has left.
container_is_used() {
  local file
  for file in "$visitors"/*; do
    case ${file##*/} in "$$" | '*') continue ;; esac
    kill -0 "${file##*/}" 2>/dev/null && return 0
    rm -f "$file"
  done
  docker exec "$container" bash -c "awk '
    /^Name:/ { name = \$2 }
    /^State:/ && \$2 != \"Z\" && name !~ /^(bash|sleep|socat|m?awk)\$/ { used = 1 }
    END { exit !used }' /proc/[0-9]*/status 2>/dev/null" 2>/dev/null
}

# The ports that a command serves at, for an engine with a network of its own.
ports_to_publish() { # ports_to_publish COMMAND ARGUMENTS...
  local named
  case "$1 ${2:-}" in
    up*) named=$(named_systems "$@" | tr '\n' ' ') ;;
    'book serve') named=book ;;
    *) return 0 ;;
  esac
  { moved_ports "$@"; cat "$LAB_ROOT/tools/lab/systems.txt"; } | awk -v named=" $named " '
    $1 == "moved" { moved[$2] = $3 }
    $1 == "system" {
      chosen = named ~ /^ *$/ || index(named, " " $2 " ")
      port = ($2 in moved) ? moved[$2] : $3
    }
    chosen && $1 == "server" && port >= 1024 && port < 65000 { print port + $3 }'
}

start_container() { # start_container PORT...
  local words port places=() bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  if engine_is_here; then
    places=(--network host)
  else
    for port in "$@"; do
      refuse_used_port "$port"
      places+=(--publish "127.0.0.1:$port:$port")
    done
  fi
  # A company's own certificates, for what is fetched inside.
  [ ! -r "$bundle" ] ||
    places+=(--mount "type=bind,source=$bundle,target=/etc/ssl/certs/ca-certificates.crt,readonly")
  mkdir -p "$visitors" "$LAB_ROOT/build" "$LAB_ROOT/node_modules" # or Docker makes them, as root
  docker rm -f "$container" >/dev/null 2>&1
  words=$(docker run --detach --name "$container" --label "lab.checkout=$LAB_ROOT" \
    --label "lab.ports=$*" --shm-size 1g --security-opt label=disable \
    --mount "type=bind,source=$LAB_ROOT,target=$seen_at" \
    --mount "type=volume,source=$container-home,target=$seen_at/.lab" \
    --mount "type=volume,source=$container-build,target=$seen_at/build" \
    --mount "type=volume,source=$container-npm,target=$seen_at/node_modules" \
    ${places[@]+"${places[@]}"} "$image" bash "$seen_at/tools/setup/inside.sh" "$@" 2>&1) ||
    fail "the container could not be started: $words"
  # Whoever held this lock is gone with the container before.
  docker exec "$container" rm -f "$seen_at/.lab/setup.lock"
}

has_ports() { # has_ports PORT...: the container that runs hands these on
  local port published
  published=$(docker container inspect --format '{{index .Config.Labels "lab.ports"}}' "$container")
  for port in "$@"; do
    case " $published " in *" $port "*) ;; *) return 1 ;; esac
  done
}

has_image() { # the container that runs has the image of today
  [ "$(docker container inspect --format '{{.Image}}' "$container")" = \
    "$(docker image inspect --format '{{.Id}}' "$image")" ]
}

ensure_container() { # ensure_container PORT...
  if container_runs; then
    # shellcheck disable=SC2015  # both say yes or no
    has_image && has_ports "$@" && return 0
    ! container_is_used ||
      fail "the container runs, with other packages or ports than this command needs." \
        "Let end what runs in it, or end it with ./lab down; then run the command again."
  fi
  start_container "$@"
}

# ---- Going in -----------------------------------------------------------------------------------

where_it_lies() { # where_it_lies PATH, which need not be there: its whole name, without links
  local folder
  folder=$(cd "$LAB_FROM" && cd "$(dirname "$1")" 2>/dev/null && pwd -P) || return 1
  printf '%s/%s\n' "${folder%/}" "${1##*/}"
}

# Sets $seen to the argument as it is meant in the container: a file of this folder has another
# name there, one from elsewhere cannot be seen.
see_from_inside() { # see_from_inside ARGUMENT
  local flag='' path=$1 place
  case $path in --*=*) flag=${path%%=*}= path=${path#*=} ;; esac
  seen=$1
  case $path in
    / | /dev/*) return 0 ;; # the first stands between the groups of a partition
    /*) ;;
    *) [ -f "$LAB_FROM/$path" ] || return 0 ;;
  esac
  place=$(where_it_lies "$path") || return 0
  case $place in
    "$LAB_ROOT"/*) seen=$flag$seen_at${place#"$LAB_ROOT"} ;;
    *)
      fail "the container cannot see $path, which lies outside of this folder." \
        "Copy it into $LAB_ROOT/my, which Git leaves alone."
      ;;
  esac
}

# Who owns the files of this folder, seen from inside. Where ids are the same inside and outside it
# is the reader; elsewhere the engine has its own mapping, which shows at the folder.
owner_inside() {
  if engine_is_here; then
    printf '%s:%s\n' "$(id -u)" "$(id -g)"
  else
    docker exec "$container" stat -c %u:%g "$seen_at"
  fi
}

pass_on() { # pass_on SIGNAL: Docker does not, when there is no terminal
  interrupted=1
  docker exec --user "$owner" "$container" \
    bash -c "kill -$1 -- -\$(cat /tmp/lab-$$)" >/dev/null 2>&1
}

visit() { # visit COMMAND ARGUMENTS...: runs it in the container, returns its status
  local owner place=$seen_at here flags=(-i) argument arguments=() seen status interrupted=
  here=$(cd "$LAB_FROM" && pwd -P)
  case $here in "$LAB_ROOT"/*) place=$seen_at${here#"$LAB_ROOT"} ;; esac
  for argument in "$@"; do
    see_from_inside "$argument"
    arguments+=("$seen")
  done
  if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then flags=(-i -t); fi
  for argument in TERM NO_COLOR http_proxy https_proxy no_proxy; do
    [ -z "${!argument:-}" ] || flags+=(--env "$argument")
  done
  owner=$(owner_inside)
  trap 'pass_on INT' INT
  trap 'pass_on TERM' TERM
  trap 'pass_on HUP' HUP
  exec 3<&0 # in the background standard input would be lost
  docker exec "${flags[@]}" --user "$owner" --workdir "$place" "$container" \
    bash -c 'echo $$ >"/tmp/lab-$0" && exec bash '"$seen_at"'/lab --native "$@"' \
    "$$" "${arguments[@]}" <&3 &
  wait $!
  status=$?
  while [ -n "$interrupted" ]; do # what ended the waiting was a signal
    interrupted=
    wait $!
    status=$?
  done
  return "$status"
}

nothing_runs() { # nothing_runs COMMAND
  say "Nothing runs: ./lab up has not been here yet."
  [ "$1" = status ] || [ "$1" = down ] || exit 1
  exit 0
}

go_into_container() { # go_into_container COMMAND ARGUMENTS...
  local ports=
  if ! engine_answers; then
    mend=()
    mend_engine
    fail "no Docker engine answers." "${mend[@]}"
  fi
  lock_setup
  if looks_only "$1"; then
    read_image || nothing_runs "$1"
    container_runs || start_container
  else
    # shellcheck disable=SC2046  # a list of names
    ensure_image $(sets_of "$@")
    engine_is_here || ports=$(ports_to_publish "$@")
    # shellcheck disable=SC2086  # a list of numbers
    ensure_container $ports
  fi
  visiting=$1
  : >"$visitors/$$"
  unlock_setup
  visit "$@"
}

# The last one turns off the light.
leave_container() {
  local tries=0
  [ -n "${visiting:-}" ] || return 0
  lock_checkout
  rm -f "$visitors/$$"
  while container_is_used; do
    # What was told to end may take a moment.
    tries=$((tries + 1))
    if [ "$visiting" != down ] || [ "$tries" -gt 10 ]; then return; fi
    sleep 0.2
  done
  docker rm -f "$container" >/dev/null 2>&1
  rm -rf "$visitors"
}
