#!/bin/sh
# Writes the digest of each image that docker-compose.yml names into .env, so that a tag cannot change under us.
set -eu
cd "$(dirname "$0")/.."
touch .env
sed -n 's/.*\${\([A-Z]*_IMAGE\):-\([^}]*\)}.*/\1 \2/p' docker-compose.yml | sort -u | while read -r name image; do
    digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image")
    grep -v "^$name=" .env >.env.new || true
    printf '%s=%s@%s\n' "$name" "$image" "$digest" >>.env.new
    mv .env.new .env
    printf '%s is %s@%s\n' "$name" "$image" "$digest"
done
