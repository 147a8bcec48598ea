#!/bin/sh
# A picture as it is made: server-sent events with a preview for each step. In another terminal: npm run serve -- --port 8787
set -eu
base="${TESSERA_URL:-http://127.0.0.1:8787}"

curl --silent --show-error --fail-with-body --no-buffer "$base/v2/images/generations" \
  --header "Authorization: Bearer sk_anything" \
  --header "Content-Type: application/json" \
  --data '{ "model": "pocket", "prompt": "a green cactus", "stream": true }'
