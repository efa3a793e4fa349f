# Stands between tests and their throw-away PostgreSQL server: sh -c "$(cat keeper.sh)" BINARIES FOLDER. It makes a cluster in the
# folder, starts it and does what it reads, a word a line. When its input ends, in whatever way its user ended, the server goes and
# the folder with it.

# An interrupt reaches every program of a terminal; this one still has to clear away.
trap '' INT TERM
start() { "$0/postgres" -D data -k "$1" -c listen_addresses= -c max_connections=300 >>log 2>&1 & server=$!; }
stop() { [ -z "$server" ] || { kill -QUIT "$server"; wait "$server"; }; server=; }

cd "$1" || exit
server=
"$0/initdb" --username=titer --auth=trust --encoding=UTF8 --locale=C --no-sync -D data >>log 2>&1 && start "$@"
while read -r word; do $word "$@"; done
stop
cd /
rm -rf "$1"
