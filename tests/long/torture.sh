#!/bin/sh
# Each allocation of a short run fails, one after the other.
exec "$(dirname "$0")/../torture/torture.sh" 1
