#!/bin/sh
# Writes the secrets that a deployment needs, made at random, once:
#   deploy/scripts/setup-env.sh                 into .env, which docker compose reads
#   deploy/scripts/setup-env.sh --kubernetes    as the Secrets `reelkin` and `reelkin-mysql`, on standard output
# A file that exists is kept. For a database outside the cluster, set REELKIN_DATABASE_URL before the second form.
set -eu
cd "$(dirname "$0")/../.."

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

environment() {
    if [ -e .env ]; then
        echo ".env exists and is kept" >&2
        return
    fi
    umask 077
    sed -e "s/^MYSQL_PASSWORD=.*/MYSQL_PASSWORD=$(random)/" \
        -e "s/^REELKIN_SECRET_KEY=.*/REELKIN_SECRET_KEY=$(random)/" .env.example >.env
    echo "wrote .env; docker compose up --build reads it" >&2
}

kubernetes() {
    password=$(random)
    url=${REELKIN_DATABASE_URL:-mysql+pymysql://reelkin:$password@mysql/reelkin?charset=utf8mb4}
    cat <<END
apiVersion: v1
kind: Secret
metadata:
  name: reelkin
  namespace: reelkin
stringData:
  REELKIN_DATABASE_URL: "$url"
  REELKIN_SECRET_KEY: "$(random)"
---
apiVersion: v1
kind: Secret
metadata:
  name: reelkin-mysql
  namespace: reelkin
stringData:
  password: "$password"
END
}

case "${1:-}" in
"") environment ;;
--kubernetes) kubernetes ;;
*)
    echo "usage: setup-env.sh [--kubernetes]" >&2
    exit 2
    ;;
esac
