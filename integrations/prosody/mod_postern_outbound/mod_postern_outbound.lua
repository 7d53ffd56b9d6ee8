-- Prosody's streams to other servers, by way of an outbound gate of Postern. To the gate, on this machine, a stream goes in the
-- clear; the gate finds the servers of its domain, does TLS with one of them, demands of it what the policy demands, and passes
-- the stream on. So Prosody does no TLS of its own there, and takes the stream for secure all the same: it logs in by SASL
-- EXTERNAL where that is offered (for the certificate that the gate has shown), and else by dialback.
--
-- There is no other way out: a stream that cannot go by the gate, or that somebody has led elsewhere, is none.
--
-- README.md beside the folder says how to set it up.

module:set_global();

local basic = require "net.resolvers.basic";
local destroy_session = require "core.s2smanager".destroy_session;
local manual = require "net.resolvers.manual";
local net = require "util.net";
local service = require "net.resolvers.service";

local MAX_PORT = 65535;

-- Below it root alone, or whom it lets, can listen.
local FIRST_UNPRIVILEGED_PORT = 1024;

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

local setting = module:get_option_string("postern_outbound") or "";
local gate_address, gate_port = read_address(setting);

-- Prosody would go on without a module that ends with an error, and connect to everybody by itself. So this one stays.
if not gate_address then
	module:log("error", "No stream goes to other servers: postern_outbound = \"%s\" is no address and port of a gate. "
		.."Write it before the first VirtualHost, like postern_outbound = \"127.0.0.1:269\", and restart Prosody", setting);
elseif gate_port >= FIRST_UNPRIVILEGED_PORT then
	module:log("warn", "While posternd is down, any program of this machine can listen at %s and be every other server: "
		.."give the gate a port below %d", setting, FIRST_UNPRIVILEGED_PORT);
end

--- Choosing the gate

-- What is tried, address by address, for one stream.
local function nobody(reason)
	local targets = manual.new();
	targets.last_error = reason;
	return targets;
end

local function gate()
	if not gate_address then return nobody("the setting postern_outbound names no gate"); end
	return basic.new(gate_address, gate_port, "tcp");
end

-- mod_s2s looks up the servers of a stream of any host by this function of its table. From Prosody 0.12.4 on it then asks
-- s2sout-pre-connect too, but in the events of that host, and a Component does not have the modules of all hosts.
local resolve = service.new;

function service.new(hostname, name, ...)
	-- How to get further, whatever the domain, is the gate's to find out.
	if name == "xmpp-server" then return gate(); end
	-- Asked beside the other, for servers that begin with TLS: the gate knows them too.
	if name == "xmpps-server" then return nobody(); end
	return resolve(hostname, name, ...);
end

function module.unload()
	service.new = resolve;
end

--- A stream that has come to the gate

local function is_gate(conn)
	local packed = conn:ip() and net.pton(conn:ip());
	return packed ~= nil and net.ntop(packed) == gate_address and conn:port() == gate_port;
end

-- Before its header is sent, of every host and Component, whoever has chosen where it goes.
module:hook("s2sout-connected", function (event)
	local session = event.session;
	local conn = session.conn;
	if not is_gate(conn) then
		session.log("error", "The stream to %s is ended: another module has led it to %s, which is not the gate at %s",
			session.to_host, conn:ip(), setting);
		-- Not session:close(), which sends a header before it says why.
		destroy_session(session, "it was not on its way to the outbound gate");
		conn:close();
		return;
	end

	-- mod_tls asks for STARTTLS where a connection can do it. What the gate passes on offers none: it is inside TLS.
	conn.starttls = false;
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
