#!/bin/sh
# Makes the secrets that compose.yaml mounts; what is there is never replaced.
set -eu
cd "$(dirname "$0")/.."
# Nobody enters the folder; the files in it are read by users of the containers.
mkdir -p -m 700 secrets
umask 022

secret() { # NAME BYTES
  [ -s "secrets/$1" ] || od -An -tx1 -N"$2" /dev/urandom | tr -d ' \n' > "secrets/$1"
}
setting() { # NAME TEXT
  [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
}

secret mongodb_key 96
secret mongodb_admin_password 24
secret mongodb_password 24
secret redis_password 24
secret desperados_token_secret 32
setting desperados_mongodb_url "mongodb://desperados:$(cat secrets/mongodb_password)@mongo1,mongo2,mongo3/?replicaSet=rs0&authSource=admin"
setting desperados_redis_url "redis://:$(cat secrets/redis_password)@redis"
echo "The secrets are in secrets/."
