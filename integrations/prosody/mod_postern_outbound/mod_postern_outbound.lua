-- Prosody's streams to other servers, by way of an outbound gate of Postern. To the gate, on this machine, a stream goes in the
-- clear; the gate finds the servers of its domain, does TLS with one of them, demands of it what the policy demands, and passes
-- the stream on. So Prosody does no TLS of its own there, and takes the stream for secure all the same: it logs in by SASL
-- EXTERNAL where that is offered (for the certificate that the gate has shown), and else by dialback.
--
-- README.md beside the folder says how to set it up.

module:set_global();

local basic = require "net.resolvers.basic";
local features = require "core.features".available;
local manual = require "net.resolvers.manual";
local net = require "util.net";
local service = require "net.resolvers.service";

local MAX_PORT = 65535;

-- An address as it is compared, and a port; nil for anything else: a name could lead to somebody who is not the gate.
local function read_address(text)
	local address, port = text:match("^%[([%x:.]+)%]:(%d+)$");
	if not address then
		address, port = text:match("^([%d.]+):(%d+)$");
	end
	local packed = address and net.pton(address);
	port = tonumber(port);
	if not packed or port < 1 or port > MAX_PORT then return nil; end
	return net.ntop(packed), port;
end

local setting = module:get_option_string("postern_outbound", "");
local gate_address, gate_port = read_address(setting);
if not gate_address then
	-- No error() here: without this module Prosody would go by itself, past the policy that its operator wants.
	module:log_status("error", "postern_outbound: '%s' is no address and port of a gate, like 127.0.0.1:15270; "
		.."no stream goes to another server until it is one", setting);
end

local function to_nowhere()
	local resolver = manual.new();
	resolver.last_error = "postern_outbound names no gate";
	return resolver;
end

-- Where a stream goes, whatever its domain; how to get further is the gate's to find out.
local function to_gate()
	return gate_address and basic.new(gate_address, gate_port, "tcp") or to_nowhere();
end

local function is_gate(conn)
	local packed = conn:ip() and net.pton(conn:ip());
	return packed ~= nil and net.ntop(packed) == gate_address and conn:port() == gate_port;
end

--- Choosing the gate

-- Prosody before 0.12.4 asks nobody where a stream goes, but for a resolver of SRV records, by this function of its table.
if not features:contains("s2sout-pre-connect-event") then
	local resolve = service.new;

	function service.new(hostname, name, ...)
		if name == "xmpp-server" then return to_gate(); end
		-- Asked beside the other, for servers that begin with TLS: nowhere. The gate knows them too.
		if name == "xmpps-server" then return to_nowhere(); end
		return resolve(hostname, name, ...);
	end

	function module.unload()
		service.new = resolve;
	end
end

function module.add_host(module)
	module:hook("s2sout-pre-connect", function (event)
		event.resolver = to_gate();
	end);
end

--- A stream that has come to the gate

-- Before its header is sent.
module:hook("s2sout-connected", function (event)
	local session = event.session;
	if not is_gate(session.conn) then
		session.log("warn", "The stream to %s does not go by the gate at %s but to %s, as another module has it",
			session.to_host, setting, session.conn:ip());
		return;
	end

	-- mod_tls asks for STARTTLS where a connection can do it. What the gate passes on offers none: it is inside TLS.
	session.conn.starttls = false;
	session.postern_outbound = true;
	-- Not session.encrypted: that is said of Prosody's own TLS, and its socket would be asked about it.
	session.secure = true;
	session.log("info", "The stream to %s goes by the gate at %s", session.to_host, setting);
end);

-- Before mod_s2s_auth_certs (509), which would miss a certificate, and the policy of mod_s2s (-1). It is the gate that has seen
-- one and judged it, by the policy that its operator wrote; a stream that it lets through is believed.
module:hook("s2s-check-certificate", function (event)
	if event.session.postern_outbound then return true; end
end, 600);
