#!/bin/sh
exec /usr/lib/openelb-vip/node @FLAGS@ /usr/lib/openelb-vip/dist/main.js "$@"
