-- Prosody behind a gate of Postern: ports of their own, on which each connection begins with a PROXY header of version 2 that
-- says who the client is, that it stands inside TLS, which certificate it showed there, and what ties a log-in to that TLS.
-- What is believed of a header is all that Prosody knows of the client: so it is read from the gates' addresses alone.
--
-- README.md beside the folder says how to set it up.

module:set_global();

local base64 = require "util.encodings".base64;
local add_task = require "util.timer".add_task;
local ip = require "util.ip";
local load_certificate = require "ssl".loadcertificate;
local portmanager = require "core.portmanager";
local usermanager = require "core.usermanager";
local verify_identity = require "util.x509".verify_identity;

local header = module:require "header";

local xmlns_sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
local xmlns_binding_types = "urn:xmpp:sasl-cb:0";

-- Seconds. A gate sends its header with the connection's first packet.
local HEADER_TIMEOUT = 10;

-- Addresses and networks from which headers are believed.
local gates = {};
for gate in module:get_option_set("postern_gates", { "127.0.0.1", "::1" }) do
	local network, bits = ip.parse_cidr(gate);
	if not network then error("postern_gates: '"..tostring(gate).."' is no address and no network"); end
	table.insert(gates, { network = network, bits = bits });
end

local function is_gate(address)
	local peer = address and ip.new_ip(address);
	for _, gate in ipairs(gates) do
		if peer and peer.proto == gate.network.proto and ip.match(peer, gate.network, gate.bits) then return true; end
	end
	return false;
end

--- From the header to a session of Prosody's own

-- Gives the connection to mod_c2s or mod_s2s, as if the client had come to one of their ports.
local function hand_over(conn, service, facts, rest)
	local target = portmanager.get_service(service);
	if not target then
		module:log("error", "A gate brought a connection for %s, but mod_%s is not loaded", service, service);
		conn:close();
		return;
	end

	local gate = conn:ip();
	if facts.address then
		function conn.ip() return facts.address; end
	end

	-- mod_tls offers STARTTLS where a connection can do it. The client's TLS is the gate's, there is no other to be had.
	conn.starttls = false;
	conn:setlistener(target.listener);
	target.listener.onconnect(conn);
	local session = module:shared("/*/"..service.."/sessions")[conn];
	if not session then return; end

	session.postern = facts;
	if facts.tls then
		-- Not session.encrypted: that is said of Prosody's own TLS, and its socket would be asked about it.
		session.secure = true;
		session.log("info", "Stream encrypted (%s with %s) by the gate at %s",
			facts.tls.version or "unknown version", facts.tls.cipher or "unknown cipher", gate);
	end
	if rest ~= "" then
		target.listener.onincoming(conn, rest);
	end
end

local function new_listener(service)
	-- What connections have said whose header is not whole.
	local heard = {};
	local listener = {};

	function listener.onconnect(conn)
		if not is_gate(conn:ip()) then
			module:log("warn", "Connection from %s, which is not among postern_gates: closed", conn:ip());
			conn:close();
			return;
		end

		heard[conn] = "";
		add_task(HEADER_TIMEOUT, function ()
			if not heard[conn] then return; end
			heard[conn] = nil;
			module:log("warn", "No PROXY header from %s in time", conn:ip());
			conn:close();
		end);
	end

	function listener.onincoming(conn, data)
		if not heard[conn] then return; end
		local input = heard[conn]..data;
		local facts, problem = header.read(input);
		if facts == nil then
			heard[conn] = input;
			return;
		end

		heard[conn] = nil;
		if facts then
			hand_over(conn, service, facts, input:sub(facts.length + 1));
		else
			module:log("warn", "From %s: %s", conn:ip(), problem);
			conn:close();
		end
	end

	function listener.ondisconnect(conn)
		heard[conn] = nil;
	end

	return listener;
end

for _, service in ipairs({ "c2s", "s2s" }) do
	module:provides("net", {
		name = "postern_"..service;
		listener = new_listener(service);
		default_ports = {};
		private = true; -- On loopback, unless postern_c2s_interfaces or postern_s2s_interfaces say otherwise.
	});
end

--- Channel binding (RFC 5802, section 6)

-- A handler of SASL's may share its profile with others, and the binding is this connection's alone: it gets a profile of its own.
local function bind(handler, bindings)
	if not handler or not handler.add_cb_handler or not next(bindings) then return false; end
	local profile = {};
	for key, value in pairs(handler.profile) do profile[key] = value; end
	profile.cb = nil;
	handler.profile = profile;
	for name, value in pairs(bindings) do
		handler:add_cb_handler(name, function () return value; end);
	end
	return true;
end

-- Offers the -PLUS of what is offered. Prosody 0.12 would do so for tls-unique alone, which TLS 1.3 does not have.
local function offer_plus(features, handler, disabled)
	local mechanisms = features:get_child("mechanisms", xmlns_sasl);
	if not mechanisms then return false; end

	local offered, plus = {}, {};
	for mechanism in mechanisms:childtags("mechanism") do offered[mechanism:get_text()] = true; end
	for name in pairs(offered) do
		local bound = name.."-PLUS";
		if handler.mechs[bound] and not offered[bound] and not disabled:contains(bound) then table.insert(plus, bound); end
	end
	for _, name in ipairs(plus) do
		mechanisms:tag("mechanism"):text(name):up();
	end
	return plus[1] ~= nil;
end

function module.add_host(module)
	if module:get_host_type() ~= "local" then return; end
	local disabled = module:get_option_set("disable_sasl_mechanisms", { "DIGEST-MD5" });

	-- Behind mod_saslauth, which makes the handler and the offer.
	module:hook("stream-features", function (event)
		local session, features = event.origin, event.features;
		local facts = session.postern;
		if not facts or session.username or not bind(session.sasl_handler, facts.bindings) then return; end
		if not offer_plus(features, session.sasl_handler, disabled) then return; end

		-- XEP-0440: which bindings, so that a client need not guess.
		features:tag("sasl-channel-binding", { xmlns = xmlns_binding_types });
		for name in pairs(facts.bindings) do
			features:tag("channel-binding", { type = name }):up();
		end
		features:up();
	end, -1);

	-- Before mod_saslauth, which would make a new handler for a second try. Without bindings that one would take the client's
	-- word that none were offered, which is what somebody in between would have it say (RFC 5802, section 6: "y").
	module:hook("stanza/"..xmlns_sasl..":auth", function (event)
		local session = event.origin;
		local facts = session.postern;
		if not facts or session.type ~= "c2s_unauthed" then return; end
		if not session.sasl_handler or session.sasl_handler.selected then
			session.sasl_handler = usermanager.get_sasl_handler(module.host, session);
		end
		bind(session.sasl_handler, facts.bindings);
	end, 1);
end

--- The certificates of other servers

-- The certificate that the gate has verified; nil where there is none, or it did not fit into the header.
local function verified_certificate(facts)
	if not facts.tls or not facts.tls.verified or not facts.tls.certificate then return nil; end
	local lines = base64.encode(facts.tls.certificate):gsub(("."):rep(64), "%0\n");
	return load_certificate("-----BEGIN CERTIFICATE-----\n"..lines.."\n-----END CERTIFICATE-----\n");
end

-- Before mod_s2s_auth_certs (509) and other modules that want to see it.
module:hook("s2s-check-certificate", function (event)
	local facts = event.session.postern;
	if facts then event.cert = verified_certificate(facts); end
end, 600);

-- Behind mod_s2s_auth_certs, which has asked Prosody's own socket, and before the policy of mod_s2s. The chain is the gate's to
-- verify, by its client-ca; whether the name is that of the server that it says it is, is ours.
module:hook("s2s-check-certificate", function (event)
	local session, host = event.session, event.host;
	if not session.postern then return; end

	session.cert_chain_status, session.cert_identity_status, session.cert_chain_errors = nil, nil, nil;
	if not event.cert then return; end

	session.cert_chain_status = "valid";
	if host then
		session.cert_identity_status = verify_identity(host, "_xmpp-server", event.cert) and "valid" or "invalid";
	end
end, 508);
