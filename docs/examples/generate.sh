#!/bin/sh
# A picture with curl. In another terminal: npm run serve -- --port 8787
set -eu
base="${TESSERA_URL:-http://127.0.0.1:8787}"

answer=$(curl --silent --show-error --fail-with-body "$base/v2/images/generations" \
  --header "Authorization: Bearer sk_anything" \
  --header "Content-Type: application/json" \
  --data '{ "model": "seedream-4-5", "prompt": "a red apple on a blue background", "output_format": "png" }')
echo "$answer"

url=$(printf '%s' "$answer" | sed 's/.*"url": *"\([^"]*\)".*/\1/')
curl --silent --show-error --fail --output apple.png "$url"
