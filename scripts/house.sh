# Sourced after binary-under-test.sh by the scripts in which people sign in: starts a server at which
# they can, a Webex for it (the sandbox), and the host of strangers' documents. It needs $node.

# start_house: afterwards $house and $webex are the origins of the two.
start_house() {
  make_certificates "$work/certificates"
  start_program 'http://127\.0\.0\.1:[0-9]+' "$node" tests/house/strangers.mjs "$work/certificates"
  local proxy=$url
  start_server 'http://127\.0\.0\.1:[0-9]+' sandbox --listen 127.0.0.1:0
  webex=$url
  # The address is told to Webex and to clients, so it has to be known before the start.
  local port
  port=$("$node" -e 'const s = require("net").createServer();
    s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
  house=http://127.0.0.1:$port
  export WEBEX_MCP_BROKER_CLIENT_SECRET=the-secret-of-the-house
  "$node" tests/house/register.mjs "$webex" "$house"
  write_settings
  SSL_CERT_FILE=$work/certificates/all.pem WEBEX_MCP_OUTBOUND_PROXY=$proxy \
    WEBEX_MCP_SERVER_PUBLIC_URL=$house \
    start_server "$house/mcp/webex-messaging" serve --config "$work/settings.toml" \
    --listen "127.0.0.1:$port" --upstream "$webex/v1"
}

# The settings, with two programs that the operator knows: one with which people sign in, and a machine.
write_settings() {
  printf 'the-secret-that-the-operator-gave' >"$work/known.secret"
  printf 'sandbox-ci-bot' >"$work/bot.token"
  cat tests/house/settings.toml - >"$work/settings.toml" <<END

[broker.clients.known-agent]
name = "Known agent"
secret_file = "$work/known.secret"
redirect_uris = ["http://127.0.0.1/callback"]

[broker.clients.night-shift]
secret_file = "$work/known.secret"
token_file = "$work/bot.token"
servers = ["webex-messaging"]
END
}

# make_certificates FOLDER: an authority that only the house trusts, and one certificate of it.
make_certificates() {
  local folder=$1 new=(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)
  if [[ -f $folder/host.pem ]]; then return; fi
  mkdir -p "$folder"
  "${new[@]}" -subj "/CN=The authority of the journeys" \
    -keyout "$folder/all.key" -out "$folder/all.pem" 2>/dev/null
  "${new[@]}" -subj /CN=agent.example.com -addext subjectAltName=DNS:agent.example.com \
    -addext basicConstraints=critical,CA:FALSE -CA "$folder/all.pem" -CAkey "$folder/all.key" \
    -keyout "$folder/host.key" -out "$folder/host.pem" 2>/dev/null
}
