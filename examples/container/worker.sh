#!/bin/sh
# One iteration a second. A stop waits for the end of the one that is open.
stopping=
trap 'stopping=1' TERM INT
count=0
while [ -z "$stopping" ]; do
  count=$((count + 1))
  sleep 1
  echo "iteration $count is done"
done
echo "stopped after $count iterations"
