#!/usr/bin/env bash
# Debug a neuron in a real Visual Studio Code with the extension of editors/vscode, and take the picture in docs/editors.md.
#
#     make vscode
#
# It is code-server, which npm has: Visual Studio Code with its own server, looked at in Chromium. It takes 42 MB to load and
# 300 MB of room in .code-server/, some minutes the first time, and wants Node 20 with its headers and a C++ compiler (Debian:
# nodejs libnode-dev g++ make python3). What it installs itself by a download is built here instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD version=4.100.3 port=8931
python=$root/.venv/bin/python
mkdir -p .code-server
cd .code-server

if [ ! -e ready ]; then
    echo "installing code-server $version (once)"
    npm pack --silent "code-server@$version" >/dev/null
    tar xzf "code-server-$version.tgz"
    (cd package && npm ci --silent --omit=dev --ignore-scripts && npm rebuild --silent argon2 --nodedir=/usr)
    (cd package/lib/vscode && npm install --silent --omit=dev --ignore-scripts && ln -sfn node_modules node_modules.asar)
    for module in @vscode/spdlog node-pty native-watchdog @vscode/deviceid; do
        # node-pty is built and then looks for a file that is not there, which does not matter here.
        (cd package/lib/vscode && npm rebuild --silent "$module" --nodedir=/usr) || true
    done
    touch ready
fi

rm -rf data extensions neuron
mkdir -p data/User extensions neuron/.vscode
cp "$root/tests/vscode/settings.json" data/User/
cp "$root/tests/dap/scripts/neuron.py" neuron/
ln -s "$root/editors/vscode" extensions/stepgrad-debug
cat >neuron/.vscode/launch.json <<JSON
{
  "version": "0.2.0",
  "configurations": [
    { "type": "stepgrad", "request": "launch", "name": "Step through gradients", "program": "\${file}", "python": "$python" }
  ]
}
JSON

node package/out/node/entry.js --auth none --bind-addr "127.0.0.1:$port" --disable-telemetry --disable-update-check \
    --disable-workspace-trust --disable-getting-started-override --extensions-dir "$PWD/extensions" \
    --user-data-dir "$PWD/data" >server.log 2>&1 &
server=$!
trap 'kill $server' EXIT
"$python" "$root/tests/vscode/picture.py" "http://127.0.0.1:$port/?folder=$PWD/neuron" "${1:-$root/docs/pictures/vscode.png}"
