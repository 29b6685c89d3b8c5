#!/bin/sh
# Deploys Reelkin:
#   deploy/scripts/deploy.sh [--dry-run] compose
#   deploy/scripts/deploy.sh [--dry-run] trial|production      an overlay of deploy/kubernetes
# --dry-run prints the commands and changes nothing.
set -eu
cd "$(dirname "$0")/../.."

usage() {
    echo "usage: deploy.sh [--dry-run] compose|trial|production" >&2
    exit 2
}

run() {
    echo "+ $*"
    if [ "$dry" = no ]; then "$@"; fi
}

need() {
    if [ "$dry" = no ] && ! command -v "$1" >/dev/null; then
        echo "error: $1 is not installed; install it, or see what would run with --dry-run" >&2
        exit 1
    fi
}

dry=no
if [ "${1:-}" = --dry-run ]; then
    dry=yes
    shift
fi
[ $# -eq 1 ] || usage

case "$1" in
compose)
    need docker
    if [ ! -e .env ]; then run deploy/scripts/setup-env.sh; fi
    run docker compose up --build --detach --wait
    ;;
trial | production)
    need kubectl
    run kubectl apply --filename deploy/kubernetes/base/namespace.yaml
    if [ "$dry" = yes ]; then
        echo "+ deploy/scripts/setup-env.sh --kubernetes | kubectl apply --filename -    (if there is no Secret reelkin)"
    elif ! kubectl --namespace reelkin get secret reelkin >/dev/null 2>&1; then
        if [ "$1" = production ] && [ -z "${REELKIN_DATABASE_URL:-}" ]; then
            echo "error: set REELKIN_DATABASE_URL to the address of the database" >&2
            exit 1
        fi
        deploy/scripts/setup-env.sh --kubernetes | kubectl apply --filename -
    fi
    run kubectl apply --kustomize "deploy/kubernetes/overlays/$1"
    run kubectl --namespace reelkin wait --for=condition=complete job/prepare --timeout=30m
    run kubectl --namespace reelkin rollout status deployment/api deployment/worker deployment/ui --timeout=10m
    ;;
*) usage ;;
esac
