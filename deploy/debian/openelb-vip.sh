#!/bin/sh
# What runs for long is kept small. What is asked something is to answer soon.
case "$1" in
  agent | controller) set -- @FLAGS@ /usr/lib/openelb-vip/dist/main.js "$@" ;;
  *) set -- @FLAGS_OF_QUESTIONS@ /usr/lib/openelb-vip/dist/main.js "$@" ;;
esac
exec /usr/lib/openelb-vip/node "$@"
