#!/bin/sh
# Every image of the release's repository in what a stage deploys is the release's own.
set -eu
repository=${WAYBILL_IMAGE%:*}
others=$(git grep --no-color -h -o -E "image: \"?$repository[:@][^\"' ]+" "$WAYBILL_COMMIT" -- manifests |
  sed -E 's/^image: "?//' | sort -u | grep -v -x -F "$WAYBILL_IMAGE" || true)
if [ -n "$others" ]; then
  echo "other images than $WAYBILL_IMAGE:"
  echo "$others"
  exit 1
fi
git grep -q -F "$WAYBILL_IMAGE" "$WAYBILL_COMMIT" -- manifests || { echo "$WAYBILL_IMAGE is deployed nowhere"; exit 1; }
echo "all of $WAYBILL_STAGE has $WAYBILL_IMAGE"
